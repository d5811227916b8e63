// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/recorder/recorder.hpp"
#include "asioscope/schema/snapshot.hpp"

#include <string_view>
#include <utility>
#include <vector>

/// What tests ask of a snapshot. Names are unique per test, so that tests of one program do not
/// meet.
class figures {
 public:
  figures() : now_(asioscope::recorder::take_snapshot()) {}

  [[nodiscard]] const asioscope::schema::snapshot& all() const& { return now_; }
  [[nodiscard]] asioscope::schema::snapshot all() && { return std::move(now_); }

  [[nodiscard]] const asioscope::schema::loop_info* find_loop(std::string_view name) const {
    for (const auto& l : now_.loops)
      if (l.name == name) return &l;
    return nullptr;
  }

  /// The figures of the loop; all zero when there is none.
  [[nodiscard]] asioscope::schema::loop_statistics loop(std::string_view name) const {
    const auto* const known = find_loop(name);
    for (const auto& s : now_.loop_stats)
      if (known != nullptr && s.loop == known->id) return s;
    return {};
  }

  /// The handlers of a loop whose site's name contains `part`, added up.
  [[nodiscard]] asioscope::schema::site_statistics handlers(std::string_view loop_name,
                                                            std::string_view part = {}) const {
    asioscope::schema::site_statistics sum;
    const auto* const known = find_loop(loop_name);
    for (const auto& s : now_.site_stats) {
      if (known == nullptr || s.loop != known->id) continue;
      if (site_name(s.site).find(part) == std::string_view::npos) continue;
      sum.slow += s.slow;
      sum.slow_ns += s.slow_ns;
      sum.failed += s.failed;
      sum.errors += s.errors;
      sum.error_categories.insert(sum.error_categories.end(), s.error_categories.begin(),
                                  s.error_categories.end());
      sum.cancelled += s.cancelled;
      sum.unrun += s.unrun;
      sum.longest_ns = sum.longest_ns > s.longest_ns ? sum.longest_ns : s.longest_ns;
      sum.run.add(s.run);
      sum.delay.add(s.delay);
    }
    return sum;
  }

  /// The tasks of one name on a loop; all zero when there are none.
  [[nodiscard]] asioscope::schema::task_statistics tasks(std::string_view loop_name,
                                                         std::string_view name) const {
    const auto* const known = find_loop(loop_name);
    for (const auto& s : now_.task_stats)
      if (known != nullptr && s.loop == known->id && site_name(s.site) == name) return s;
    return {};
  }

  /// How many tasks of a loop were spawned, whatever their names.
  [[nodiscard]] std::uint64_t spawned(std::string_view loop_name) const {
    const auto* const known = find_loop(loop_name);
    std::uint64_t sum = 0;
    for (const auto& s : now_.task_stats)
      if (known != nullptr && s.loop == known->id) sum += s.spawned;
    return sum;
  }

  /// Tasks one by one, live and ended, by name.
  [[nodiscard]] std::vector<asioscope::schema::task_info> listed(std::string_view name) const {
    std::vector<asioscope::schema::task_info> found;
    for (const auto& t : now_.tasks)
      if (site_name(t.site) == name) found.push_back(t);
    return found;
  }

  [[nodiscard]] const asioscope::schema::site_info* site(std::uint32_t id) const {
    for (const auto& s : now_.sites)
      if (s.id == id) return &s;
    return nullptr;
  }
  [[nodiscard]] std::string_view site_name(std::uint32_t id) const {
    const auto* const known = site(id);
    return known == nullptr ? std::string_view() : std::string_view(known->name);
  }

 private:
  asioscope::schema::snapshot now_;
};
