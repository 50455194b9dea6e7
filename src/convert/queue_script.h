// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace furrow::convert {

/// The text of queue_task.py, made a string by CMakeLists.txt.
extern const char* const kQueueScript;

}  // namespace furrow::convert
