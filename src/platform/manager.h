// SPDX-License-Identifier: Apache-2.0
// Tells the process that started the server how it is, if that wants to know.
#pragma once

#include <string_view>

namespace furrow::platform {

/// Sends `state` ("READY=1", "STOPPING=1") to the socket that systemd names in NOTIFY_SOCKET.
/// Nothing happens without one.
void TellManager(std::string_view state);

}  // namespace furrow::platform
