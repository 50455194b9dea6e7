// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/status.h"
#include "http/message.h"

namespace furrow::files {

/// The answer to a request that failed: a line of text that names no path of ours. A bad name is
/// not found, as the clients expect; an outage says when to come back.
http::Response FailureResponse(const Status& status);

/// The same verdict for errors that the transport answers.
Status ForTransport(const Status& status);

}  // namespace furrow::files
