// SPDX-License-Identifier: BSL-1.0
// A program of which only a part was built with the hooks. What is recorded of it depends on the
// linker; that it behaves as before, and that every run that was begun is ended, does not.
#include "scenario.hpp"
#include "unit.hpp"

#include "asioscope/recorder/recorder.hpp"
#include "asioscope/recorder/thread_state.hpp"

namespace {

void use(configurations::tally& t, const unit& part) {
  constexpr int n = 30;
  const int ran = part.posts(n) + part.timers(n) + part.coroutines(n) + part.exceptions(n);
  t.expect(ran == 5 * n, "everything ran");
  t.expect(part.leftovers(), "a loop destroyed with work destroys its handlers");
}

}  // namespace

CONFIGURATIONS_SCENARIO(both_parts) {
  for (const unit* const part : {&hooked_unit, &plain_unit, &hooked_unit})
    use(t, *part);
  const auto now = asioscope::recorder::take_snapshot();
  std::uint64_t ended = 0;
  std::uint64_t living = 0;
  std::uint64_t pending = 0;
  for (const auto& site : now.site_stats)
    ended += site.run.count(), t.dropped += site.unrun;
  for (const auto& loop : now.loop_stats) {
    ended += loop.hops;
    pending += loop.pending + loop.outstanding;
  }
  const auto& run = asioscope::recorder::this_thread().run;
  for (const auto& loop : now.loops)
    living += loop.gone ? 0 : 1;
  t.expect(living == 0, "no loop seems to live on");
  t.expect(run.sequence == ended, "begun = ended");
  t.expect(run.begin == 0, "no run seems to go on");
  t.expect(pending == 0, "nothing seems to be pending");
  t.created += t.dropped;
  t.ran_by_asio(run.sequence);
}
