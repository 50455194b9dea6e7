// SPDX-License-Identifier: Apache-2.0
// Ranges of numbers and of times.
#pragma once

#include <string>

#include "base/status.h"
#include "json/value.h"
#include "store/docs/plan.h"

namespace furrow::query {

/// [min, max], either may be null; a null min lets documents without a value match too. Texts that
/// are numbers count as numbers. A single value is an exact match. Errors: 400/12.
Result<docs::Predicate> CompileRange(const std::string& path, const json::Value& value);

/// The same for times: ISO 8601 (no offset: UTC), or seconds or milliseconds since 1970.
Result<docs::Predicate> CompileTimes(const std::string& path, const json::Value& value);

/// A time, or a list of times of which all must hold, each with ">", ">=", "<" or "<=" in front; a
/// pair without any is a range as in CompileTimes. Errors: 400/12.
Result<docs::Predicate> CompileMoment(const std::string& path, const json::Value& value);

}  // namespace furrow::query
