// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "label_places.hpp"

#include "asioscope/metrics/families.hpp"
#include "asioscope/schema/snapshot.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace asioscope::metrics {

/// Primitives of one kind and name: nearly always one.
struct resource_row {
  labels where;
  std::map<std::string, double, std::less<>> figures;
  std::vector<std::string> states;  // of the living
  std::uint64_t waiting = 0;
  schema::histogram wait;
  schema::histogram item_wait;
  std::uint64_t timed_out = 0;

  /// Nothing when there is none: gauges of what lives no more, figures that not all of a kind have.
  [[nodiscard]] std::optional<double> figure(std::string_view name) const {
    const auto found = figures.find(name);
    return found == figures.end() ? std::nullopt : std::optional(found->second);
  }
};

using resource_table = std::map<std::string, std::vector<resource_row>, std::less<>>;  // by kind

/// Brings the resources of a snapshot together by kind and name. Of each kind only so many names
/// have their own row, first come, first served, for life; the others are `_other`.
class resource_row_maker {
 public:
  explicit resource_row_maker(std::size_t names_per_kind) : names_per_kind_(names_per_kind) {}

  [[nodiscard]] resource_table make(const std::vector<schema::resource_info>& from);

 private:
  std::size_t names_per_kind_;
  std::map<std::string, label_places> places_;  // by kind
};

}  // namespace asioscope::metrics
