// SPDX-License-Identifier: BSL-1.0
#include "asioscope/core/detail/breaker_machine.hpp"

#include "asioscope/core/config_error.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

namespace {
using namespace std::chrono_literals;
using namespace asioscope::core;
using detail::breaker_machine;
using std::chrono::nanoseconds;

/// The configuration of resilience4j's own tests of its states.
circuit_breaker_options facts() {
  return {.failure_rate = 0.5,
          .slow_call = 4s,
          .window_time = 20s,
          .minimum_calls = 5,
          .open_time = 5s,
          .half_open_calls = 4};
}

/// A machine and its time.
class driven {
 public:
  explicit driven(const circuit_breaker_options& options) : machine_(options, 1000s) {}

  /// "F" a failure, "S" a success, "L" a slow success, "X" a slow failure, "I" one to ignore; all
  /// admitted before the first result. False: one was not.
  bool calls(const std::string& how) {
    std::vector<breaker_machine::admission> admitted;
    for (std::size_t i = 0; i < how.size(); ++i)
      admitted.push_back(machine_.admit(now_));
    bool all = true;
    for (std::size_t i = 0; i < how.size(); ++i) {
      if (admitted[i].generation == 0)
        all = false;
      else
        result(admitted[i], how[i]);
    }
    return all;
  }

  /// One after the other; false: one was not admitted.
  bool each(const std::string& how) {
    for (const char one : how)
      if (!calls(std::string(1, one))) return false;
    return true;
  }

  void result(breaker_machine::admission call, char how) {
    const verdict what = how == 'I'                 ? verdict::ignored
                         : how == 'F' || how == 'X' ? verdict::failure
                                                    : verdict::success;
    machine_.record(call, what, how == 'L' || how == 'X' ? 5s : 4s, now_);
    note();
  }

  breaker_machine::admission admit() {
    const auto call = machine_.admit(now_);
    note();
    return call;
  }
  bool go_to(breaker_state next) {
    const bool went = machine_.go_to(next, now_);
    note();
    return went;
  }
  void pass(nanoseconds time) { now_ += time; }
  nanoseconds now() const { return now_; }
  breaker_machine& machine() { return machine_; }
  breaker_state state() const { return machine_.state(); }
  double failure_rate() const { return machine_.failure_rate(now_); }
  double slow_rate() const { return machine_.slow_rate(now_); }
  std::uint64_t counted() const { return machine_.counts(now_).calls; }
  std::vector<breaker_transition> transitions;

 private:
  void note() {
    if (const auto change = machine_.take_transition()) transitions.push_back(*change);
  }

  breaker_machine machine_;
  nanoseconds now_ = 1000s;
};

TEST(breaker_machine, opens_when_enough_of_enough_have_failed) {  // case 24, fact i1
  driven breaker(facts());
  EXPECT_TRUE(breaker.each("FFFS"));
  EXPECT_EQ(breaker.state(), breaker_state::closed);
  EXPECT_EQ(breaker.failure_rate(), -1) << "too few calls to say";
  EXPECT_TRUE(breaker.each("S"));  // a success can be the last straw
  EXPECT_EQ(breaker.state(), breaker_state::open);
  EXPECT_EQ(breaker.failure_rate(), 0.6);
  EXPECT_EQ(breaker.counted(), 5U);
  EXPECT_EQ(breaker.machine().counts(breaker.now()).failed, 3U);
  ASSERT_EQ(breaker.transitions.size(), 1U);
  EXPECT_EQ(breaker.transitions[0].cause, transition_cause::failure_rate);
  EXPECT_EQ(breaker.transitions[0].failure_rate, 0.6);
  EXPECT_EQ(breaker.transitions[0].open_for, 5s);
  EXPECT_FALSE(breaker.each("S"));
  EXPECT_EQ(breaker.machine().all().rejected, 1U);
}

struct opened : driven {
  opened() : driven(facts()) {
    EXPECT_TRUE(each("FFFFF"));
    EXPECT_EQ(state(), breaker_state::open);
  }
};

struct half_opened : opened {
  half_opened() {
    pass(6s);
    result(admit(), 'I');
    EXPECT_EQ(state(), breaker_state::half_open);
  }
};

TEST(breaker_machine, lets_nobody_through_until_its_time_is_over) {  // case 24, fact i2
  opened breaker;
  EXPECT_EQ(breaker.machine().retry_after(breaker.now()), 5s);
  breaker.pass(3s);
  EXPECT_FALSE(breaker.each("S"));
  EXPECT_EQ(breaker.machine().retry_after(breaker.now()), 2s);
  breaker.pass(2s);
  EXPECT_EQ(breaker.machine().retry_after(breaker.now()), 0s);
  EXPECT_EQ(breaker.state(), breaker_state::open) << "looking does not change it";
  EXPECT_TRUE(breaker.each("S"));
  EXPECT_EQ(breaker.state(), breaker_state::half_open);
  EXPECT_EQ(breaker.counted(), 1U) << "counts anew";
}

TEST(breaker_machine, lets_exactly_so_many_through_while_half_open) {  // case 24, fact i3
  opened breaker;
  breaker.pass(6s);
  std::vector<breaker_machine::admission> in;
  for (int i = 0; i < 100; ++i)
    if (const auto call = breaker.admit(); call.generation != 0) in.push_back(call);
  ASSERT_EQ(in.size(), 4U);
  breaker.result(in[0], 'I');
  const auto fifth = breaker.admit();
  EXPECT_NE(fifth.generation, 0U) << "an ignored one gives its place back";
  EXPECT_EQ(breaker.admit().generation, 0U);
  breaker.result(in[1], 'S');
  EXPECT_EQ(breaker.admit().generation, 0U) << "a result is a place used";
}

TEST(breaker_machine, opens_again_when_the_probes_fail) {  // case 24, fact i4
  half_opened breaker;
  EXPECT_TRUE(breaker.calls("FFSF"));
  EXPECT_EQ(breaker.state(), breaker_state::open);
  EXPECT_EQ(breaker.failure_rate(), 0.75);
}

TEST(breaker_machine, closes_when_the_probes_are_good) {  // fact i5
  half_opened breaker;
  EXPECT_TRUE(breaker.calls("FSSS"));
  EXPECT_EQ(breaker.state(), breaker_state::closed);
  EXPECT_EQ(breaker.transitions.back().cause, transition_cause::probes);
  EXPECT_EQ(breaker.transitions.back().failure_rate, 0.25);
  EXPECT_EQ(breaker.counted(), 0U);
  EXPECT_EQ(breaker.failure_rate(), -1);
}

TEST(breaker_machine, opens_again_when_the_probes_are_slow) {  // fact i6
  auto options = facts();
  options.slow_rate = 0.75;
  driven breaker(options);
  breaker.each("FFFFF");
  breaker.pass(6s);
  EXPECT_TRUE(breaker.calls("LLLS"));
  EXPECT_EQ(breaker.state(), breaker_state::open);
  EXPECT_EQ(breaker.transitions.back().cause, transition_cause::slow_rate);
  EXPECT_EQ(breaker.slow_rate(), 0.75);
  EXPECT_EQ(breaker.failure_rate(), 0);
}

TEST(breaker_machine, slow_is_longer_than_that_and_not_as_long) {  // fact: R4J strictly greater
  auto options = facts();
  options.slow_rate = 0.2;
  driven breaker(options);
  EXPECT_TRUE(breaker.each("SSSSSSSS"));  // each takes exactly slow_call
  EXPECT_EQ(breaker.state(), breaker_state::closed);
  breaker.each("LL");
  EXPECT_EQ(breaker.state(), breaker_state::open) << "2 of 10 are at least a fifth";
  EXPECT_EQ(breaker.machine().all().slow, 2U);
}

TEST(breaker_machine, does_not_count_what_is_ignored) {  // fact i7
  driven breaker(facts());
  EXPECT_TRUE(breaker.each("SSSIF"));
  EXPECT_EQ(breaker.state(), breaker_state::closed);
  EXPECT_EQ(breaker.counted(), 4U);
  EXPECT_EQ(breaker.machine().all().ignored, 1U);
  half_opened half;
  EXPECT_TRUE(half.calls("SSSI"));
  EXPECT_EQ(half.state(), breaker_state::half_open);
  EXPECT_TRUE(half.calls("F"));
  EXPECT_EQ(half.state(), breaker_state::closed);
}

TEST(breaker_machine, stays_open_longer_each_time_in_a_row) {  // fact i8
  auto options = facts();
  options.open_factor = 1.5;
  driven breaker(options);
  breaker.each("FFFFF");
  breaker.pass(6s);
  EXPECT_TRUE(breaker.calls("FFFF"));
  EXPECT_EQ(breaker.transitions.back().open_for, 7500ms);
  breaker.pass(6s);
  EXPECT_FALSE(breaker.each("S"));
  breaker.pass(5s);
  EXPECT_TRUE(breaker.calls("SSSS"));
  EXPECT_EQ(breaker.state(), breaker_state::closed);
  breaker.each("FFFFF");
  EXPECT_EQ(breaker.transitions.back().open_for, 5s) << "it was closed in between";
}

TEST(breaker_machine, is_not_open_for_longer_than_the_maximum) {
  auto options = facts();
  options.open_factor = 10;
  options.max_open_time = 2min;
  options.open_spread = 0.5;
  driven breaker(options);
  breaker.each("FFFFF");
  for (int i = 0; i < 400; ++i) {
    breaker.pass(2min);
    ASSERT_TRUE(breaker.calls("FFFF")) << i;
    ASSERT_LE(breaker.transitions.back().open_for, 2min);
    ASSERT_GE(breaker.transitions.back().open_for, 25s);
  }
}

TEST(breaker_machine, spreads_the_times_at_which_it_comes_back) {
  auto options = facts();
  options.open_spread = 0.2;
  options.seed = 1;
  driven one(options);
  driven same(options);
  options.seed = 2;
  driven other(options);
  for (driven* each : {&one, &same, &other})
    each->each("FFFFF");
  const auto time = [](const driven& each) { return each.transitions.back().open_for; };
  EXPECT_EQ(time(one), time(same));
  EXPECT_NE(time(one), time(other));
  for (const driven* each : {&one, &other}) {
    EXPECT_GE(time(*each), 4s);
    EXPECT_LE(time(*each), 6s);
  }
}

TEST(breaker_machine, looks_at_the_last_so_many_calls) {  // fact i9: S2 E6 S4 in 10 ⇒ 60 %
  driven breaker({.failure_rate = 0.7, .window_calls = 10, .minimum_calls = 10});
  breaker.each("SSFFFFFFSSSS");
  EXPECT_EQ(breaker.failure_rate(), 0.6);
  EXPECT_EQ(breaker.counted(), 10U);
  breaker.each("SSS");
  EXPECT_EQ(breaker.failure_rate(), 0.3);
}

TEST(breaker_machine, needs_no_more_calls_than_its_window_has) {  // fact: R4J min(min, size)
  driven breaker({.window_calls = 3, .minimum_calls = 100});
  breaker.each("FFF");
  EXPECT_EQ(breaker.state(), breaker_state::open);
}

TEST(breaker_machine, opens_at_the_rate_itself) {  // fact: R4J ≥
  for (int percent = 1; percent <= 100; ++percent) {
    driven breaker({.failure_rate = percent / 100.0, .window_calls = 100});
    breaker.each(std::string(static_cast<std::size_t>(100 - percent), 'S'));
    breaker.each(std::string(static_cast<std::size_t>(percent - 1), 'F'));
    ASSERT_EQ(breaker.state(), breaker_state::closed) << percent;
    breaker.each("F");
    ASSERT_EQ(breaker.state(), breaker_state::open) << percent;
  }
}

TEST(breaker_machine, forgets_what_is_older_than_its_window_of_time) {
  driven breaker(facts());
  breaker.each("FFFF");
  breaker.pass(19s);
  EXPECT_EQ(breaker.counted(), 4U);
  breaker.pass(1s);
  EXPECT_EQ(breaker.counted(), 0U);
  breaker.each("SFFF");
  EXPECT_EQ(breaker.state(), breaker_state::closed);
  breaker.pass(10s);
  breaker.each("S");
  EXPECT_EQ(breaker.state(), breaker_state::open) << "3 of 5";
}

TEST(breaker_machine, survives_any_jump_of_the_clock) {  // R8
  driven breaker(facts());
  breaker.each("FF");
  breaker.pass(-500s);
  breaker.each("SS");
  EXPECT_EQ(breaker.state(), breaker_state::closed);
  EXPECT_EQ(breaker.counted(), 4U);
  breaker.pass(nanoseconds::max() / 2);
  EXPECT_EQ(breaker.counted(), 0U);
  breaker.each("FFFFF");
  EXPECT_EQ(breaker.state(), breaker_state::open);
  breaker.pass(nanoseconds::max() - 1h - breaker.now());
  EXPECT_TRUE(breaker.calls("SSSS"));
  EXPECT_EQ(breaker.state(), breaker_state::closed);
  breaker.each("FFFFF");
  EXPECT_EQ(breaker.state(), breaker_state::open);
  EXPECT_FALSE(breaker.each("S"));
}

TEST(breaker_machine, late_results_say_nothing_about_the_state_it_is_in) {  // generations
  driven breaker(facts());
  const auto old = breaker.admit();
  const auto older = breaker.admit();
  breaker.each("FFFFF");
  breaker.result(old, 'F');
  EXPECT_EQ(breaker.counted(), 5U);
  breaker.pass(5s);
  const auto probe = breaker.admit();
  ASSERT_EQ(breaker.state(), breaker_state::half_open);
  breaker.result(older, 'S');
  breaker.result(older, 'S');
  EXPECT_EQ(breaker.counted(), 0U);
  EXPECT_EQ(breaker.machine().all().late, 3U);
  breaker.result(probe, 'S');
  breaker.calls("SSS");
  EXPECT_EQ(breaker.state(), breaker_state::closed);
  breaker.result(probe, 'F');
  EXPECT_EQ(breaker.counted(), 0U);
}

TEST(breaker_machine, a_probe_that_never_reports_gives_its_place_up) {  // R4J issues 544, 903, 935
  auto options = facts();
  options.half_open_lease = 30s;
  driven breaker(options);
  breaker.each("FFFFF");
  breaker.pass(5s);
  std::vector<breaker_machine::admission> lost;
  for (int i = 0; i < 4; ++i)
    lost.push_back(breaker.admit());
  breaker.pass(10s);
  EXPECT_EQ(breaker.admit().generation, 0U);
  EXPECT_EQ(breaker.machine().retry_after(breaker.now()), 20s);
  breaker.pass(20s);
  EXPECT_EQ(breaker.machine().retry_after(breaker.now()), 0s);
  const auto next = breaker.admit();
  EXPECT_NE(next.generation, 0U);
  for (const auto& each : lost)
    breaker.result(each, 'F');
  EXPECT_EQ(breaker.state(), breaker_state::half_open) << "they are late";
  breaker.result(next, 'S');
  breaker.calls("SSS");
  EXPECT_EQ(breaker.state(), breaker_state::closed);
}

TEST(breaker_machine, goes_only_where_there_is_a_way) {  // R4J's table of transitions
  constexpr breaker_state all[] = {breaker_state::closed,       breaker_state::open,
                                   breaker_state::half_open,    breaker_state::disabled,
                                   breaker_state::metrics_only, breaker_state::forced_open};
  for (const breaker_state from : all)
    for (const breaker_state to : all) {
      auto options = facts();
      options.initial = from;
      driven breaker(options);
      ASSERT_EQ(breaker.state(), from);
      const bool no_way = (from == breaker_state::closed && to == breaker_state::half_open) ||
                          (from == breaker_state::metrics_only &&
                           (to == breaker_state::open || to == breaker_state::half_open));
      EXPECT_EQ(breaker.go_to(to), !no_way) << to_string(from) << " to " << to_string(to);
      EXPECT_EQ(breaker.state(), no_way ? from : to);
      EXPECT_EQ(breaker.transitions.size(), no_way || from == to ? 0U : 1U);
    }
}

TEST(breaker_machine, forced_open_is_open_until_told) {  // fact i10
  driven breaker(facts());
  breaker.go_to(breaker_state::forced_open);
  breaker.pass(6s);
  EXPECT_FALSE(breaker.each("S"));
  EXPECT_EQ(breaker.machine().retry_after(breaker.now()), nanoseconds::max());
  EXPECT_TRUE(breaker.go_to(breaker_state::closed));
  EXPECT_TRUE(breaker.each("S"));
}

TEST(breaker_machine, disabled_lets_all_through_and_counts_nothing) {  // fact i10
  driven breaker(facts());
  breaker.go_to(breaker_state::disabled);
  EXPECT_TRUE(breaker.each("FFFFFFFF"));
  EXPECT_EQ(breaker.counted(), 0U);
  EXPECT_EQ(breaker.machine().all().failed, 0U);
}

TEST(breaker_machine, metrics_only_counts_and_never_opens) {  // fact: R4J
  driven breaker(facts());
  breaker.go_to(breaker_state::metrics_only);
  EXPECT_TRUE(breaker.each("FFFFFFFF"));
  EXPECT_EQ(breaker.failure_rate(), 1);
  EXPECT_EQ(breaker.state(), breaker_state::metrics_only);
}

TEST(breaker_machine, can_be_opened_for_a_time_that_the_other_side_asks_for) {  // Retry-After
  driven breaker(facts());
  EXPECT_TRUE(breaker.machine().open_for(42s, breaker.now()));
  EXPECT_EQ(breaker.machine().retry_after(breaker.now()), 42s);
  breaker.pass(10s);
  EXPECT_TRUE(breaker.machine().open_for(42s, breaker.now()));
  EXPECT_EQ(breaker.machine().retry_after(breaker.now()), 42s) << "again, from then";
  EXPECT_TRUE(breaker.machine().open_for(nanoseconds::max(), breaker.now()));
  breaker.pass(1h);
  EXPECT_FALSE(breaker.each("S"));
  breaker.machine().reset(breaker.now());
  EXPECT_TRUE(breaker.each("S"));
}

TEST(breaker_machine, says_which_option_is_wrong) {  // R9
  const auto wrong = [](auto change) -> std::string {
    circuit_breaker_options options;
    change(options);
    try {
      const breaker_machine refused(options, 0s);
    } catch (const config_error& error) {
      return error.field();
    }
    return "";
  };
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double infinite = std::numeric_limits<double>::infinity();
  for (const double bad : {0.0, -1.0, 1.1, nan, infinite}) {
    EXPECT_EQ(wrong([&](auto& options) { options.failure_rate = bad; }),
              "circuit_breaker.failure_rate");
    EXPECT_EQ(wrong([&](auto& options) { options.slow_rate = bad; }), "circuit_breaker.slow_rate");
  }
  for (const double bad : {0.9, nan, infinite})
    EXPECT_EQ(wrong([&](auto& options) { options.open_factor = bad; }),
              "circuit_breaker.open_factor");
  for (const double bad : {-0.1, 1.0, nan})
    EXPECT_EQ(wrong([&](auto& options) { options.open_spread = bad; }),
              "circuit_breaker.open_spread");
  EXPECT_EQ(wrong([](auto& options) { options.slow_call = 0s; }), "circuit_breaker.slow_call");
  EXPECT_EQ(wrong([](auto& options) { options.window_calls = 0; }), "circuit_breaker.window_calls");
  EXPECT_EQ(wrong([](auto& options) { options.window_calls = ~std::size_t{0}; }),
            "circuit_breaker.window_calls");
  EXPECT_EQ(wrong([](auto& options) { options.window_time = -1s; }), "circuit_breaker.window_time");
  EXPECT_EQ(wrong([](auto& options) { options.minimum_calls = 0; }),
            "circuit_breaker.minimum_calls");
  EXPECT_EQ(wrong([](auto& options) { options.open_time = 0s; }), "circuit_breaker.open_time");
  EXPECT_EQ(wrong([](auto& options) { options.max_open_time = 59s; }),
            "circuit_breaker.max_open_time");
  EXPECT_EQ(wrong([](auto& options) { options.half_open_calls = 0; }),
            "circuit_breaker.half_open_calls");
  EXPECT_EQ(wrong([](auto& options) { options.half_open_lease = 0s; }),
            "circuit_breaker.half_open_lease");
  EXPECT_EQ(wrong([](auto& options) { options.judge = nullptr; }), "circuit_breaker.judge");
  EXPECT_EQ(wrong([](auto&) {}), "");
}
}  // namespace
