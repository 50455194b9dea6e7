// SPDX-License-Identifier: Apache-2.0
// Stands in for the table of pages in a program that was built without them (FURROW_WEB=OFF).
#include "webui/pages.h"

namespace furrow::webui {

std::span<const Page> Pages() { return {}; }

}  // namespace furrow::webui
