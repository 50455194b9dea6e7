// SPDX-License-Identifier: Apache-2.0
// Pixels made smaller without loss: each is predicted from its neighbours of the same colour, and
// what is left is written in Rice codes. Coding 1 of docs/formats/edge-log.md.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "edge/image/frame.h"

namespace furrow::edge {

/// Writes the packed form of PixelBytes(format, width, height) bytes to `out`, which is emptied
/// first and keeps its memory.
void PackPixels(PixelFormat format, int width, int height, std::string_view pixels,
                std::string& out);

/// The way back. False when `packed` is not what PackPixels makes of such a frame; memory is only
/// taken when there are bits enough for every pixel.
bool UnpackPixels(PixelFormat format, int width, int height, std::string_view packed,
                  std::vector<uint8_t>& pixels);

}  // namespace furrow::edge
