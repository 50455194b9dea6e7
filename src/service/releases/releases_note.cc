// SPDX-License-Identifier: Apache-2.0
// What is refused before there is anything to release.
#include "base/utf8.h"
#include "entities/audit.h"
#include "service/releases/releases_service.h"

namespace furrow::service::releases {
namespace {

constexpr size_t kConversionBytesMax = 200;

}  // namespace

Status NoteConversion(Context& context, api::Call& call) {
  FURROW_TRY(call.Require({"conversion", "why"}));
  const std::string conversion = call.Text("conversion"), why = call.Text("why");
  const std::string task = call.Text("task");
  FURROW_TRY(call.Check());
  for (const std::string* text : {&conversion, &why, &task}) {
    const size_t most = text == &why ? entities::kAuditWhyMax : kConversionBytesMax;
    if (text->size() > most || !IsUtf8(*text) || HasControl(*text)) {
      return api::Fail(api::kFieldsValue,
                       "conversion and task have at most 200 bytes of UTF-8, why 1000");
    }
  }
  const std::string who = entities::WhoCalls(call);
  const std::string where = task.empty() ? "" : " (task " + task + ")";
  return entities::AuditRefusal(
      context.core, call.now,
      {.who = who, .what = "conversion refused", .why = conversion + where + ": " + why});
}

}  // namespace furrow::service::releases
