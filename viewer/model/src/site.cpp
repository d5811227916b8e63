// SPDX-License-Identifier: BSL-1.0
#include "asioscope/model/site.hpp"

#include <algorithm>

namespace asioscope::model {

double run_quantile_seconds(const schema::site_statistics& figures, double quantile) {
  const double longest = static_cast<double>(figures.longest_ns) / 1e9;
  return std::min(figures.run.quantile_seconds(quantile), longest);
}

site::site(const schema::site_statistics& first) {
  now_.loop = first.loop;
  now_.site = first.site;
}

std::uint64_t site::update(const schema::site_statistics& statistics) {
  const std::uint64_t before = now_.run.count();
  const std::uint64_t after = statistics.run.count();
  now_ = statistics;
  return after > before ? after - before : 0;
}

void site::rebase() {
  run_.rebase(now_.run);
  delay_.rebase(now_.delay);
  slow_.rebase(now_.slow);
  failed_.rebase(now_.failed);
  errors_.rebase(now_.errors);
  cancelled_.rebase(now_.cancelled);
  unrun_.rebase(now_.unrun);
}

void site::tick(const horizon& when) {
  run_.tick(now_.run, when);
  delay_.tick(now_.delay, when);
  slow_.tick(now_.slow, when);
  failed_.tick(now_.failed, when);
  errors_.tick(now_.errors, when);
  cancelled_.tick(now_.cancelled, when);
  unrun_.tick(now_.unrun, when);
}

schema::site_statistics site::since(std::int64_t start_ns) const {
  schema::site_statistics result;
  result.loop = now_.loop;
  result.site = now_.site;
  result.slow = slow_.since(start_ns, now_.slow);
  result.failed = failed_.since(start_ns, now_.failed);
  result.errors = errors_.since(start_ns, now_.errors);
  result.cancelled = cancelled_.since(start_ns, now_.cancelled);
  result.unrun = unrun_.since(start_ns, now_.unrun);
  result.run = run_.since(start_ns, now_.run);
  result.delay = delay_.since(start_ns, now_.delay);
  if (result.run.count() != 0) {
    const auto edge = static_cast<std::uint64_t>(result.run.quantile_seconds(1.0) * 1e9);
    result.longest_ns = std::min(edge, now_.longest_ns);
  }
  return result;
}

}  // namespace asioscope::model
