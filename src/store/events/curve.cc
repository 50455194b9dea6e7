// SPDX-License-Identifier: Apache-2.0
// Reading whole curves: sealed blocks, then what is not sealed yet, as one.
#include <array>

#include "store/events/series_view.h"

namespace furrow::events {

struct CurveReader::Rep {
  explicit Rep(View seen) : view(std::move(seen)) {}

  View view;
  size_t size = 0;
  int64_t iter_first = 0, iter_last = 0;
  bool from_blocks = false;  // they come one after the other, and `rest` behind them
  Columns rest;
};

CurveReader::CurveReader(std::unique_ptr<Rep> rep) : rep_(std::move(rep)) {}
CurveReader::~CurveReader() = default;
CurveReader::CurveReader(CurveReader&&) noexcept = default;
CurveReader& CurveReader::operator=(CurveReader&&) noexcept = default;
size_t CurveReader::size() const { return rep_->size; }
int64_t CurveReader::iter_first() const { return rep_->iter_first; }
int64_t CurveReader::iter_last() const { return rep_->iter_last; }

Status CurveReader::ForEach(const Visit& visit) {
  if (rep_->from_blocks) {
    std::array<int64_t, kBlockPointsMax> iter;
    std::array<double, kBlockPointsMax> value;
    FURROW_TRY(ForEachBlock(rep_->view, [&](const Block& block) -> Status {
      const size_t count = block.head().count;
      FURROW_TRY(block.ReadCurve({iter.data(), count}, {value.data(), count}));
      visit({iter.data(), count}, {value.data(), count});
      return {};
    }));
  }
  if (!rep_->rest.empty()) visit(rep_->rest.iter, rep_->rest.value);
  return {};
}

Result<std::optional<CurveReader>> Store::OpenCurve(std::string_view owner, std::string_view metric,
                                                    std::string_view variant) const {
  FURROW_ASSIGN(auto view, impl_->ViewSeries(owner, metric, variant));
  if (!view) return std::optional<CurveReader>();
  auto rep = std::make_unique<CurveReader::Rep>(std::move(*view));
  FURROW_ASSIGN(const std::vector<FoundBlock> blocks, FindBlocks(rep->view, {}));
  std::vector<std::string> workers;
  FURROW_TRY(ReadFresh(rep->view, rep->rest, workers));
  rep->rest.Normalise();
  const bool crossing = !blocks.empty() && !rep->rest.empty() &&
                        rep->rest.iter.front() <= blocks.back().head.iter_last;
  if (crossing || Overlap(blocks)) {
    rep->rest = {};
    FURROW_TRY(ReadAll(rep->view, {}, rep->rest, workers));
  } else {
    rep->from_blocks = !blocks.empty();
    for (const FoundBlock& block : blocks) rep->size += block.head.count;
  }
  rep->size += rep->rest.size();
  if (rep->size == 0) return std::optional<CurveReader>();
  rep->iter_first = rep->from_blocks ? blocks.front().head.iter_first : rep->rest.iter.front();
  rep->iter_last = rep->rest.empty() ? blocks.back().head.iter_last : rep->rest.iter.back();
  return std::optional<CurveReader>(CurveReader(std::move(rep)));
}

Result<Points> Store::Curve(std::string_view owner, std::string_view metric,
                            std::string_view variant) const {
  FURROW_ASSIGN(auto view, impl_->ViewSeries(owner, metric, variant));
  Points out;
  if (!view) return out;
  Columns points;
  std::vector<std::string> workers;
  FURROW_TRY(ReadAll(*view, {}, points, workers));
  out.iter = std::move(points.iter);
  out.time_ms = std::move(points.time_ms);
  out.value = std::move(points.value);
  return out;
}

}  // namespace furrow::events
