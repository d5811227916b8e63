// SPDX-License-Identifier: BSL-1.0
#include "asioscope/model/resources.hpp"

#include "asioscope/model/text.hpp"

#include <algorithm>
#include <string_view>

namespace asioscope::model {

namespace {

struct scarce {
  std::string_view kind;
  std::string_view used;
  std::string_view capacity;
};

// What the primitives call it.
constexpr scarce scarce_things[] = {
    {"semaphore", "in_use", "limit"}, {"mutex", "in_use", "limit"},
    {"queue", "depth", "capacity"},   {"queue_processor", "depth", "capacity"},
    {"task_pool", "in_use", "limit"}, {"resource_pool", "in_use", "max"},
    {"pipeline", "in_flight", ""},    {"task_monitor", "running", ""},
};

}  // namespace

std::optional<double> figure_of(const schema::resource_info& info, std::string_view name) {
  const auto found = std::ranges::find(info.figures, name, &schema::resource_figure::name);
  return found == info.figures.end() ? std::nullopt : std::optional(found->value);
}

std::optional<resource_load> load_of(const schema::resource_info& info) {
  // These two say what is left.
  if (info.kind == "bulkhead" || info.kind == "rate_limiter") {
    const auto all = figure_of(info, info.kind == "bulkhead" ? "limit" : "burst");
    const auto left = figure_of(info, "available");
    if (!all || !left) return std::nullopt;
    return resource_load{*all - *left, *all};
  }
  const auto known = std::ranges::find(scarce_things, info.kind, &scarce::kind);
  if (known == std::end(scarce_things)) return std::nullopt;
  const auto used = figure_of(info, known->used);
  if (!used) return std::nullopt;
  return resource_load{*used, figure_of(info, known->capacity).value_or(0)};
}

void resource::update(const schema::resource_info& info) {
  info_ = info;
  for (std::string* const text : {&info_.kind, &info_.name, &info_.state})
    *text = clean_text(*text, limits::name_bytes);
  if (info_.figures.size() > limits::resource_figures)
    info_.figures.resize(limits::resource_figures);
  for (schema::resource_figure& each : info_.figures)
    each.name = clean_text(each.name, limits::name_bytes);
  if (info_.occurrences.size() > limits::resource_figures)
    info_.occurrences.resize(limits::resource_figures);
  for (schema::occurrence_count& each : info_.occurrences)
    each.what = clean_text(each.what, limits::name_bytes);
  for (auto* const uses : {&info_.waiters, &info_.holders})
    if (uses->size() > limits::resource_uses) uses->resize(limits::resource_uses);
}

void resource::sample(std::int64_t at_ns) {
  const auto load = load_of(info_);
  samples_.push({at_ns, load ? load->used : 0, static_cast<double>(info_.waiting)});
}

std::int64_t resource::longest_wait_ns(std::int64_t now_ns) const noexcept {
  if (info_.waiters.empty()) return 0;
  const auto first = std::ranges::min(info_.waiters, {}, &schema::resource_use::since_ns);
  return std::max<std::int64_t>(now_ns - first.since_ns, 0);
}

void resource_table::fold(const schema::resource_info& info) {
  const auto known = by_id_.find(info.id);
  if (known == by_id_.end() && by_id_.size() >= limits::resources) {
    ++refused_;
    return;
  }
  resource& mine = by_id_[info.id];
  const auto leave = [&](const schema::resource_use& use) {
    const auto found = lines_.find(use.task);
    if (found != lines_.end() && found->second.resource == info.id) lines_.erase(found);
  };
  std::ranges::for_each(mine.info().waiters, leave);
  mine.update(info);
  for (std::size_t place = 0; place < mine.info().waiters.size(); ++place)
    if (const std::uint64_t task = mine.info().waiters[place].task; task != 0)
      lines_[task] = {info.id, place};
}

void resource_table::sample(std::int64_t at_ns) {
  for (auto& [id, each] : by_id_)
    each.sample(at_ns);
}

std::size_t resource_table::live() const noexcept {
  return static_cast<std::size_t>(
      std::ranges::count_if(by_id_, [](const auto& item) { return !item.second.info().gone; }));
}

std::optional<place_in_line> resource_table::wait_of(std::uint64_t task) const {
  const auto found = lines_.find(task);
  if (found == lines_.end()) return std::nullopt;
  const schema::resource_info& info = by_id_.at(found->second.resource).info();
  if (found->second.place >= info.waiters.size()) return std::nullopt;
  return place_in_line{&info, found->second.place, info.waiters[found->second.place].since_ns};
}

std::string name_of(const schema::resource_info& info) { return info.kind + ' ' + info.name; }

}  // namespace asioscope::model
