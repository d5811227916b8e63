// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "label_places.hpp"

#include "asioscope/metrics/families.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace asioscope::metrics {

using capped_key = std::pair<std::uint32_t, std::string>;  // loop, label value

template <class Totals>
struct capped_input {
  std::uint32_t loop;
  std::string_view value;
  Totals totals;
};

template <class Totals>
struct capped_row {
  const capped_key* key;
  labels where;
  Totals totals;
};

/// Totals per loop and label value, of which only so many values may exist.
///
/// What was shown under `_other` once stays there for ever: a value that gets its place later
/// starts its own series with what came after. So every series is monotonic and their sum is exact.
///
/// `Totals` has cumulative counters, listed as pointers in `Totals::members`, perhaps counters by
/// category in `errors`, and important().
template <class Totals>
class capped_rows {
 public:
  /// \param make_labels called once for each row that comes to be
  capped_rows(label_places places, std::function<labels(const capped_key&)> make_labels)
      : places_(std::move(places)), make_labels_(std::move(make_labels)) {}

  /// `input` in the order in which its values first appeared; a key may stand there several times.
  /// The rows by loop and value; their keys are valid until the next call.
  [[nodiscard]] std::vector<capped_row<Totals>> fold(std::span<const capped_input<Totals>> input) {
    ++round_;
    for (const capped_input<Totals>& each : input) {
      line& to = line_of(each.loop, each.value);
      if (std::exchange(to.round, round_) != round_) to.now = Totals{};
      add(to.now, each.totals);
      if (!to.admitted) to.admitted = places_.admit(each.value, each.totals.important());
    }
    fold_others();
    std::vector<capped_row<Totals>> result;
    result.reserve(lines_.size());
    for (auto& [key, from] : lines_) {
      const bool is_other = key.second == other_label;
      if (!is_other && (!from.admitted || from.round != round_)) continue;
      if (!from.where) from.where = make_labels_(key);
      result.push_back({&key, from.where, is_other ? others_.at(key.first) : from.now});
      if (!is_other && from.folded) subtract(result.back().totals, *from.folded);
    }
    return result;
  }

 private:
  struct line {
    Totals now = {};
    std::uint64_t round = 0;  // in which `now` was given
    bool admitted = false;
    std::optional<Totals> folded = {};  // what is shown under `_other`
    labels where = {};
  };
  using view = std::pair<std::uint32_t, std::string_view>;
  struct hash_of_view {
    std::size_t operator()(const view& key) const {
      return std::hash<std::string_view>()(key.second) +
             key.first * std::size_t{0x9E3779B97F4A7C15};
    }
  };

  line& line_of(std::uint32_t loop, std::string_view value) {
    if (const auto known = index_.find({loop, value}); known != index_.end()) return *known->second;
    auto& [key, added] = *lines_.try_emplace({loop, std::string(value)}).first;
    index_.emplace(view{loop, key.second}, &added);
    return added;
  }

  /// Brings what has no place together, and forgets the lines that nobody will miss.
  void fold_others() {
    others_.clear();
    for (auto at = lines_.begin(); at != lines_.end();) {
      auto& [key, each] = *at;
      const bool given = each.round == round_;
      if (given && !each.admitted) {
        // Perhaps it has become important on another loop.
        each.admitted = places_.admit(key.second, false);
        if (!each.admitted) each.folded = each.now;
      }
      if (each.folded) add(others_[key.first], *each.folded);
      if (given || each.folded || key.second == other_label) {
        ++at;
      } else {
        index_.erase({key.first, key.second});
        at = lines_.erase(at);
      }
    }
    for (const auto& [loop, totals] : others_)
      line_of(loop, other_label);
  }

  static void add(Totals& to, const Totals& what) {
    for (const auto member : Totals::members)
      to.*member += what.*member;
    if constexpr (requires { to.errors; }) {
      for (const auto& [category, count] : what.errors)
        to.errors[category] += count;
    }
  }
  static void subtract(Totals& from, const Totals& what) {
    for (const auto member : Totals::members) {
      from.*member -= what.*member < from.*member ? what.*member : from.*member;
    }
    if constexpr (requires { from.errors; }) {
      for (const auto& [category, count] : what.errors) {
        std::uint64_t& left = from.errors[category];
        left -= std::min(left, count);
      }
    }
  }

  label_places places_;
  std::function<labels(const capped_key&)> make_labels_;
  std::map<capped_key, line> lines_;
  std::unordered_map<view, line*, hash_of_view> index_;  // of all of them
  std::map<std::uint32_t, Totals> others_;               // by loop, of this round
  std::uint64_t round_ = 0;
};

}  // namespace asioscope::metrics
