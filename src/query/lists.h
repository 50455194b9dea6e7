// SPDX-License-Identifier: Apache-2.0
// Lists with operators among their items, and the `filters` form that says the same in objects.
#pragma once

#include <string>

#include "base/status.h"
#include "json/value.h"
#include "store/docs/plan.h"

namespace furrow::query {

/// `value` is a list or stands for a list of one. Items: values, null for "empty", and
///   __$all, __$and   what follows must all be there
///   __$any, __$or    any of what follows
///   __$not           excludes the next value
///   __$nop           back to how the list began
/// and, with `minus_excludes`, "-value" as __$not. Before any operator: any of the values and none
/// of the excluded. Groups are joined by AND, or by OR when the list begins with __$any. Nothing
/// but operators is no filter. Errors: 400/12 for an operator nobody knows.
Result<docs::Predicate> CompileList(const std::string& path, const json::Value& value,
                                    bool minus_excludes);

/// {any: {include, exclude}, all: {include, exclude}, op: "and" | "or"}. any.exclude: not all of
/// them; all.exclude: none of them; null among the values: empty. Errors: 400/12.
Result<docs::Predicate> CompileFilter(const std::string& path, const json::Value& spec);

}  // namespace furrow::query
