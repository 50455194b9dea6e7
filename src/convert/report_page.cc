// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <filesystem>

#include <fmt/format.h>

#include "convert/report.h"

namespace furrow::convert {
namespace {

constexpr const char* kHead = R"(<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Conversion report</title>
<style>
:root{color-scheme:light dark;--bg:#fff;--fg:#1b1f1c;--dim:#5c665f;--line:#d5dbd6;--good:#1a7f37;
--bad:#b42318;--a:#2f6fb0;--b:#b06f00}
@media(prefers-color-scheme:dark){:root{--bg:#141816;--fg:#e6ebe7;--dim:#9aa69e;--line:#333b36;
--good:#5bc47a;--bad:#ff8a7a;--a:#79b4ee;--b:#f0b34a}}
body{background:var(--bg);color:var(--fg);font:15px/1.5 system-ui,sans-serif;margin:2rem auto;
max-width:70rem;padding:0 1rem}
h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2rem}
table{border-collapse:collapse;width:100%}
th,td{border-bottom:1px solid var(--line);padding:.3rem .6rem;text-align:left}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}
.scroll{overflow-x:auto}.good{color:var(--good)}.bad{color:var(--bad);font-weight:600}
.dim{color:var(--dim)}
svg{max-width:100%;height:auto}svg text{fill:var(--fg);font:12px system-ui,sans-serif}
.axis{stroke:var(--dim)}.a{fill:var(--a)}.b{fill:var(--b)}
.la{stroke:var(--a);fill:none;stroke-width:2}
.lb{stroke:var(--b);fill:none;stroke-width:2}.limit{stroke:var(--bad);stroke-dasharray:5 4}
</style></head><body>
)";

std::string Escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '&':
        out += "&amp;";
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

std::string Figure(double value) {
  return std::isnan(value) ? std::string("&ndash;") : fmt::format("{:.5g}", value);
}

std::string Percent(double share) {
  return std::isnan(share) ? std::string("&ndash;") : fmt::format("{:.2f} %", 100 * share);
}

std::string Between(const Interval& share) {
  return fmt::format("{} <span class=\"dim\">({} to {})</span>", Percent(share.value),
                     Percent(share.low), Percent(share.high));
}

std::string Gates(const Verdict& verdict) {
  std::string out =
      "<h2>Gates</h2><div class=\"scroll\"><table><thead><tr><th>Gate</th><th>What</th>"
      "<th class=\"n\">Figure</th><th class=\"n\">Limit</th><th>Outcome</th></tr></thead><tbody>\n";
  for (const GateOutcome& gate : verdict.gates) {
    const bool limited = !std::isnan(gate.limit);
    out += fmt::format(
        "<tr><td>{}</td><td>{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td>"
        "<td class=\"{}\">{}</td></tr>\n",
        gate.name, Escaped(gate.says), Figure(gate.figure),
        limited ? fmt::format("{} {:.5g}", gate.at_least ? "&ge;" : "&le;", gate.limit)
                : std::string("none"),
        !limited ? "dim" : (gate.passed ? "good" : "bad"),
        !limited ? "no limit" : (gate.passed ? "passed" : "failed"));
  }
  return out + "</tbody></table></div>\n";
}

/// Pairs of bars, one for the source and one for the result, between 0 and `top`.
struct Bar {
  std::string label;
  double a, b;
};

std::string Bars(const std::string& title, const std::vector<Bar>& bars, double top,
                 const char* name_a, const char* name_b) {
  constexpr int kRow = 34, kLeft = 220, kWide = 420;
  std::string out = fmt::format(
      "<svg role=\"img\" viewBox=\"0 0 760 {0}\" width=\"760\" height=\"{0}\"><title>{1}</title>"
      "<rect class=\"a\" x=\"{2}\" y=\"4\" width=\"10\" height=\"10\"/><text x=\"{3}\" y=\"13\">{4}"
      "</text><rect class=\"b\" x=\"{5}\" y=\"4\" width=\"10\" height=\"10\"/>"
      "<text x=\"{6}\" y=\"13\">{7}</text>",
      bars.size() * kRow + 24, Escaped(title), kLeft, kLeft + 15, name_a, kLeft + 130, kLeft + 145,
      name_b);
  int y = 22;
  for (const Bar& bar : bars) {
    out += fmt::format("<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{}</text>", kLeft - 8, y + 18,
                       Escaped(bar.label));
    int at = y + 2;
    for (const double value : {bar.a, bar.b}) {
      const char* kind = at == y + 2 ? "a" : "b";
      if (!std::isnan(value)) {
        const double wide = top > 0 ? std::clamp(value / top, 0.0, 1.0) * kWide : 0;
        out += fmt::format(
            "<rect class=\"{}\" x=\"{}\" y=\"{}\" width=\"{:.1f}\" height=\"12\"/>"
            "<text x=\"{:.1f}\" y=\"{}\">{:.4g}</text>",
            kind, kLeft, at, wide, kLeft + wide + 5, at + 11, value);
      }
      at += 14;
    }
    y += kRow;
  }
  return out + "</svg>\n";
}

std::string LatencyPlot(const Figures& f) {
  constexpr double kLeft = 60, kWide = 640, kTop = 14, kHigh = 200;
  double most = f.budget.frame_ms * 1.05;
  for (const ModelFigures* model : {&f.source, &f.result}) {
    most = std::max(most, model->latency.p999_ms);
  }
  const auto y = [&](double ms) {
    return kTop + kHigh * (1 - std::clamp(ms / std::max(most, 1e-9), 0.0, 1.0));
  };
  const auto line = [&](const ModelFigures& model, const char* kind) {
    std::string points;
    const size_t last = std::max<size_t>(model.latency.curve_ms.size(), 2) - 1;
    for (size_t i = 0; i < model.latency.curve_ms.size(); ++i) {
      points += fmt::format("{:.1f},{:.1f} ",
                            kLeft + kWide * static_cast<double>(i) / static_cast<double>(last),
                            y(model.latency.curve_ms[i]));
    }
    return fmt::format("<polyline class=\"{}\" points=\"{}\"/>", kind, points);
  };
  std::string out = fmt::format(
      "<svg role=\"img\" viewBox=\"0 0 760 260\" width=\"760\" height=\"260\">"
      "<title>Time of a frame, by the share of frames that took no longer</title>"
      "<line class=\"axis\" x1=\"{0}\" y1=\"{1}\" x2=\"{2}\" y2=\"{1}\"/>"
      "<line class=\"axis\" x1=\"{0}\" y1=\"{3}\" x2=\"{0}\" y2=\"{1}\"/>",
      kLeft, kTop + kHigh, kLeft + kWide, kTop);
  for (int i = 0; i <= 4; ++i) {
    out += fmt::format("<text x=\"{}\" y=\"{}\" text-anchor=\"middle\">{} %</text>",
                       kLeft + kWide * i / 4, kTop + kHigh + 18, 25 * i);
    out += fmt::format("<text x=\"{}\" y=\"{:.1f}\" text-anchor=\"end\">{:.3g} ms</text>",
                       kLeft - 6, y(most * i / 4) + 4, most * i / 4);
  }
  out += line(f.source, "la") + line(f.result, "lb");
  out += fmt::format(
      "<line class=\"limit\" x1=\"{}\" y1=\"{:.1f}\" x2=\"{}\" y2=\"{:.1f}\"/>"
      "<text x=\"{}\" y=\"{:.1f}\">budget {:.1f} ms</text></svg>\n",
      kLeft, y(f.budget.frame_ms), kLeft + kWide, y(f.budget.frame_ms), kLeft + 8,
      y(f.budget.frame_ms) + 15, f.budget.frame_ms);
  return out;
}

std::string Models(const Figures& f) {
  std::string out =
      "<h2>Source and result</h2><div class=\"scroll\"><table><thead><tr><th></th>"
      "<th class=\"n\">bytes</th><th class=\"n\">memory MB</th><th class=\"n\">p50 ms</th>"
      "<th class=\"n\">p99 ms</th><th class=\"n\">p99.9 ms</th><th class=\"n\">busy p99 ms</th><th "
      "class=\"n\">runs</th>"
      "<th>SHA-256</th></tr></thead><tbody>\n";
  for (const bool source : {true, false}) {
    const ModelFigures& m = source ? f.source : f.result;
    out += fmt::format(
        "<tr><td>{}</td><td class=\"n\">{}</td><td class=\"n\">{:.1f}</td><td "
        "class=\"n\">{:.2f}</td>"
        "<td class=\"n\">{:.2f}</td><td class=\"n\">{:.2f}</td><td class=\"n\">{:.2f}</td>"
        "<td class=\"n\">{}</td><td class=\"dim\">{}&hellip;</td></tr>\n",
        source ? "source" : "result", m.bytes, m.memory_mb, m.latency.p50_ms, m.latency.p99_ms,
        m.latency.p999_ms, m.latency.busy_p99_ms, m.latency.runs, m.sha256.substr(0, 16));
  }
  return out + "</tbody></table></div>\n";
}

std::string Slices(const Figures& f) {
  std::string out =
      "<h2>Slices</h2><div class=\"scroll\"><table><thead><tr><th>Slice</th><th class=\"n\">frames"
      "</th><th class=\"n\">cells</th><th>decisions that flip</th><th>weeds missed more</th>"
      "<th>ground wasted more</th></tr></thead><tbody>\n";
  const auto row = [&](const std::string& name, const Decisions& d) {
    const bool truth = d.frames_with_truth > 0;
    out += fmt::format(
        "<tr><td>{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td>{}</td><td>{}</td>"
        "<td>{}</td></tr>\n",
        Escaped(name), d.frames, d.sum.cells, Between(d.flips),
        truth ? Between(d.missed_more) : std::string("no truth"),
        truth ? Between(d.wasted_more) : std::string("no truth"));
  };
  for (size_t i = 0; i < f.by_slice.size(); ++i) row(f.slices[i], f.by_slice[i]);
  row("all", f.all);
  return out + "</tbody></table></div>\n";
}

std::string WorstFrames(const Figures& f, const FrameSet& set) {
  std::vector<const FrameTally*> worst;
  for (const FrameTally& tally : f.tallies) {
    if (tally.flips > 0) worst.push_back(&tally);
  }
  if (worst.empty()) return "<p>No decision of any nozzle cell flipped.</p>\n";
  std::ranges::stable_sort(worst, std::ranges::greater(), &FrameTally::flips);
  worst.resize(std::min<size_t>(worst.size(), 12));
  std::vector<Bar> bars;
  for (const FrameTally* tally : worst) {
    bars.push_back({std::filesystem::path(set.frames[tally->frame].image).filename().string(),
                    static_cast<double>(tally->flips), static_cast<double>(tally->open_result)});
  }
  double top = 1;
  for (const Bar& bar : bars) top = std::max({top, bar.a, bar.b});
  return Bars("Frames with most flipped decisions", bars, top, "cells flipped", "cells open");
}

std::string IouPlot(const Figures& f) {
  std::vector<Bar> bars;
  for (size_t i = 0; i < f.by_slice.size(); ++i) {
    const Decisions& d = f.by_slice[i];
    for (size_t c = 1; c < 3; ++c) {
      if (d.frames_with_truth == 0 || std::isnan(d.iou_truth_source[c])) continue;
      bars.push_back({fmt::format("{}, {}", f.slices[i], kClassNames[c]), d.iou_truth_source[c],
                      d.iou_truth_result[c]});
    }
  }
  if (bars.empty()) return "";
  return "<h2>Intersection over union with the truth</h2>\n" +
         Bars("Intersection over union with the truth", bars, 1, "source", "result");
}

}  // namespace

std::string ReportPage(const About& about, const Figures& f, const Verdict& verdict,
                       const FrameSet& set) {
  std::string page = kHead;
  page += fmt::format("<h1>Conversion to {}: <span class=\"{}\">{}</span></h1>\n",
                      TargetName(about.target), verdict.passed ? "good" : "bad",
                      Escaped(VerdictLine(verdict)));
  page += fmt::format(
      "<p class=\"dim\">{} &middot; {} &middot; method {}, patches of {} pixels and more &middot; "
      "boom \"{}\" &middot; data {} ({} frames) &middot; {} &middot; {} &middot; Furrow {}</p>\n",
      Escaped(about.created_at), Escaped(about.how), about.method, about.area_min_px,
      Escaped(about.boom_name), Escaped(about.data_folder), f.all.frames, Escaped(about.runtime),
      Escaped(about.machine), FURROW_VERSION);
  for (const std::string& note : about.notes) page += "<p>" + Escaped(note) + "</p>\n";
  page += Gates(verdict);
  page += Slices(f);
  page += "<h2>Frames whose decisions flip most</h2>\n" + WorstFrames(f, set);
  page += IouPlot(f);
  page += Models(f);
  page +=
      "<h2>Time of a frame</h2><p class=\"dim\">How many frames took no longer; source blue, "
      "result amber.</p>\n" +
      LatencyPlot(f);
  return page + "</body></html>\n";
}

}  // namespace furrow::convert
