// SPDX-License-Identifier: Apache-2.0
#include "platform/front.h"
#include "webui/pages.h"

namespace furrow::platform {
namespace {

std::string Escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

// Nothing in a program that was built without the web UI.
std::string Door() {
  const std::string entrance(webui::Entrance());
  return entrance.empty() ? "" : "<p><a href=\"" + entrance + "\">Open the fleet</a></p>\n";
}

}  // namespace

const std::string_view kStyle =
    "body{font:16px/1.5 system-ui,sans-serif;max-width:46rem;margin:3rem auto;padding:0 1rem;"
    "color:#1c2a1c}pre{background:#eef3ea;padding:1rem;overflow:auto}h1{font-weight:600}\n";

std::string WelcomePage(const Urls& urls) {
  const std::string api = Escaped(urls.api), files = Escaped(urls.files), web = Escaped(urls.web);
  return "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Furrow</title>"
         "<link rel=\"stylesheet\" href=\"/style.css\"></head><body>\n"
         "<h1>Furrow " FURROW_VERSION
         "</h1>\n"
         "<p>This server records experiments, models and data sets. It speaks ClearML's HTTP API: "
         "the "
         "<code>clearml</code> SDK and <code>clearml-agent</code> work with it unchanged.</p>\n" +
         Door() +
         "<h2>Connect an SDK</h2>\n<p>Set these five variables, with the access key and secret "
         "that "
         "<code>furrow user</code> or the first start of the server printed:</p>\n<pre>"
         "export CLEARML_API_HOST=" +
         api + "\nexport CLEARML_WEB_HOST=" + web + "\nexport CLEARML_FILES_HOST=" + files +
         "\nexport CLEARML_API_ACCESS_KEY=&lt;access key&gt;"
         "\nexport CLEARML_API_SECRET_KEY=&lt;secret key&gt;</pre>\n"
         "<p>From a terminal: <code>furrow tasks list</code>.</p>\n</body></html>\n";
}

}  // namespace furrow::platform
