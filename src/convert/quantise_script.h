// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace furrow::convert {

/// The text of quantise.py, made a string by CMakeLists.txt.
extern const char* const kQuantiseScript;

}  // namespace furrow::convert
