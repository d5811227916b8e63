// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/metrics/families.hpp"
#include "asioscope/schema/snapshot.hpp"

#include <span>
#include <string>
#include <vector>

namespace asioscope::metrics {

/// A slow sample of a loop, with the name of its site.
struct named_sample {
  schema::slow_sample what;
  std::string site;
};

/// What a slow sample was: trace id and task, if there are any, and as much of the site's name as
/// there is room for.
[[nodiscard]] std::vector<label> exemplar_labels(const named_sample& from);

/// The exemplars of one figure of a loop: of a histogram the latest in each of its buckets, of a
/// stall the latest.
[[nodiscard]] std::vector<exemplar> exemplars_of(std::span<const named_sample> samples,
                                                 schema::slow_figure figure,
                                                 const schema::clock_reading& now);

/// Where in a family's histogram the bucket of a recorded one is: the index of its upper bound
/// among histogram_bounds(), their number for the infinite one.
[[nodiscard]] std::size_t place_of_bucket(std::size_t recorded);

}  // namespace asioscope::metrics
