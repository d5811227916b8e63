// SPDX-License-Identifier: BSL-1.0
#include "asioscope/watchdog/watch.hpp"

#include "cpu_samples.hpp"
#include "is_in_run.hpp"
#include "nap.hpp"
#include "reporter.hpp"
#include "sleeping_stack.hpp"
#include "stall_cause.hpp"
#include "thread_activity.hpp"

#include "asioscope/recorder/annotations.hpp"
#include "asioscope/recorder/loop.hpp"
#include "asioscope/recorder/recorder.hpp"
#include "asioscope/recorder/run_reading.hpp"
#include "asioscope/recorder/thread_name.hpp"
#include "asioscope/recorder/thread_state.hpp"
#include "asioscope/watchdog/stack_sampler.hpp"
#include "asioscope/watchdog/stall_detector.hpp"
#include "asioscope/watchdog/standstill.hpp"
#include "asioscope/watchdog/symboliser.hpp"

#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <ctime>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace asioscope::watchdog {
namespace {

using namespace std::chrono_literals;
using recorder::ticks;

/// Between looks: no more often than this, however short the threshold; at least this often,
/// because slow runs and failures are to be reported too; and while a stall goes on, to see it end.
constexpr auto shortest_pause = 1ms;
constexpr auto longest_pause = 50ms;
constexpr auto pause_in_a_stall = 5ms;
/// When nothing runs, a stall is noticed so much later than it could be: waking up is what costs.
/// Together with what a look takes it is less than the 20 ms that a report may take.
constexpr auto leeway_at_rest = 15ms;
constexpr auto housekeeping_period = 1s;
constexpr auto cpu_sample_period = 5ms;

/// For so long a thread is watched to find out whether it has a processor.
constexpr auto shortest_evidence = 2ms;

/// The watchdog may be late by this much, or by a fifth of the threshold, before it believes that
/// the process stood still.
constexpr auto least_tolerance = 2ms;

ticks ticks_of(std::chrono::nanoseconds duration) {
  return recorder::to_ticks(
      static_cast<std::uint64_t>(std::max<std::int64_t>(duration.count(), 0)));
}

/// A thread that was running something.
struct sighting {
  observed_run run;
  const recorder::thread_state* thread = nullptr;  // an identity: the thread may be gone by now
  std::int32_t os_id = 0;
};

std::vector<sighting> look_at_threads() {
  std::vector<sighting> seen;
  recorder::for_each_thread([&](recorder::thread_state& thread) {
    if (const auto run = recorder::read_run(thread.run)) {
      const observed_run observed{.thread = thread.id,
                                  .sequence = run->sequence,
                                  .begin = run->begin,
                                  .loop = run->loop,
                                  .site = run->site,
                                  .task = run->task};
      seen.push_back({observed, &thread, thread.os_id});
    }
  });
  return seen;
}

ended_run ended_run_of(const recorder::note& note) {
  observed_run run;
  run.thread = note.thread;
  run.begin = note.begin;
  run.loop = note.loop;
  run.site = note.site;
  run.task = note.task;
  return {run, note.duration, note.delay};
}

}  // namespace

struct watch::state {
  explicit state(const watch_options& given)
      : grace(given.grace), sampler(given.signal), reports(measured(given)) {
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    try {
      thread = std::thread([this] { run(); });
    } catch (...) {
      pthread_sigmask(SIG_SETMASK, &before, nullptr);
      throw;
    }
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
  }

  ~state() {
    {
      const std::lock_guard lock(mutex);
      stopping = true;
    }
    wake.notify_one();
    thread.join();
  }

  void run() {
    pthread_setname_np(pthread_self(), "asioscope-watch");
    recorder::initialise_clock();
    detector.set_grace(recorder::now_ticks() + ticks_of(grace));
    program_symboliser().warm_up();
    looked = recorder::now_ticks();
    accounted = time_accounted_for();
    still.awake(looked, accounted);
    std::chrono::nanoseconds pause{0};
    std::unique_lock lock(mutex);
    while (!stopping) {
      lock.unlock();
      check_standstill(ticks_of(pause));
      keep_house();
      pause = look();
      check_standstill();
      if (unaccounted > tolerance() / 2) account();
      lock.lock();
      wake.wait_for(lock, pause, [this] { return stopping; });
    }
  }

  /// For how long the watchdog has had a processor or waited for one.
  static ticks time_accounted_for() {
    timespec used{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
    return recorder::to_ticks(own_run_delay().value_or(0) +
                              static_cast<std::uint64_t>(used.tv_sec) * 1'000'000'000U +
                              static_cast<std::uint64_t>(used.tv_nsec));
  }

  static ticks tolerance() {
    return std::max(ticks_of(recorder::current_thresholds().stall) / 5, ticks_of(least_tolerance));
  }

  /// Reading that costs as much as a look at the threads. It cannot have grown by more than the
  /// time that was not spent asleep.
  void account() {
    accounted = time_accounted_for();
    unaccounted = 0;
    still.awake(looked, accounted);
  }

  /// How long it is since the watchdog last looked at the clock has to be explained: by what it
  /// wanted to sleep, and otherwise by what it had to wait for.
  void check_standstill(ticks asleep = 0) {
    const auto now = recorder::now_ticks();
    const auto wanted = looked + asleep + ticks_of(take_time_napped()) + std::exchange(waited, 0);
    if (standstill::is_late(now, wanted, tolerance())) {
      accounted = time_accounted_for();
      unaccounted = 0;
      still.late(now, wanted, accounted, tolerance());
    } else if (now > wanted) {
      unaccounted += now - wanted;
    }
    looked = now;
    still.awake(now, accounted);
  }

  /// What is done here may wait, and nothing is wrong. `may_wait`: asked afterwards, whether it
  /// has.
  template <class Function, class Question>
  void excusing(Function function, Question may_wait) {
    const auto begin = recorder::now_ticks();
    function();
    if (may_wait()) waited += recorder::now_ticks() - begin;
  }

  /// The symbols are read from files.
  template <class Function>
  void excusing_files(Function function) {
    const auto reads = [] {
      rusage used{};
      getrusage(RUSAGE_THREAD, &used);
      return used.ru_majflt + used.ru_inblock;
    };
    excusing(function, [&, before = reads()] { return reads() != before; });
  }

  watch_options measured(const watch_options& given) {
    watch_options options = given;
    if (given.deliver) {
      options.deliver = [this, deliver = given.deliver](const auto& report, std::uint64_t others) {
        excusing([&] { deliver(report, others); }, [] { return true; });
      };
    }
    return options;
  }

  void keep_house() {
    const auto now = std::chrono::steady_clock::now();
    if (now < next_housekeeping) return;
    next_housekeeping = now + housekeeping_period;
    recorder::take_clock_reading();
    if (recorder::recording()) recorder::probe_idle_loops(ticks_of(housekeeping_period / 2));
  }

  /// Looks once; returns how long to wait before the next time.
  std::chrono::nanoseconds look() {
    const auto limits = recorder::current_thresholds();
    const auto threshold = ticks_of(limits.stall);
    // Before the threads: a run that is still seen going on cannot have told its end yet.
    auto notes = recorder::take_notes();
    const auto seen = look_at_threads();
    check_standstill();
    const auto now = looked;
    // Most often there is nothing to think about.
    if (notes.empty() && seen.empty() && !detector.any_ongoing()) {
      sample_cpu_times(now);
      return pause_after(now, threshold, {});
    }
    excuse(notes, ticks_of(limits.slow));

    std::vector<observed_run> running;
    running.reserve(seen.size());
    for (const auto& sight : seen)
      running.push_back(sight.run);
    std::vector<ended_run> slow;
    for (const auto& note : notes) {
      if (note.kind == schema::report_kind::slow) slow.push_back(ended_run_of(note));
    }
    const auto found = detector.look(now, threshold, running, slow, still);

    for (const auto& [loop, time] : detector.times()) {
      recorder::set_stall_time(loop, recorder::to_nanoseconds(time.ended),
                               recorder::to_nanoseconds(time.ongoing));
    }
    for (const auto& ended : found.ended) {
      reports.stall_ended(ended);
      readings.erase(ended.run.thread);
    }
    for (const auto& begun : found.begun)
      excusing_files([&] {
        reports.stall_begun(begun, begun.ongoing ? sample_of(begun.run, seen) : stall_sample{});
      });
    for (const auto& again : found.again)
      excusing_files([&] { reports.stall_sampled(again, sample_of(again.run, seen)); });
    report_notes(notes, slow);
    sample_cpu_times(now);
    return pause_after(now, threshold, running);
  }

  /// Slow runs have not taken the time for which the process stood still; perhaps they were not
  /// slow.
  void excuse(std::vector<recorder::note>& notes, ticks slow) const {
    std::erase_if(notes, [&](recorder::note& note) {
      if (note.kind != schema::report_kind::slow) return false;
      const auto excused = still.within(note.begin, note.begin + note.duration);
      note.duration -= excused;
      return excused != 0 && note.duration <= slow;
    });
  }

  stall_sample sample_of(const observed_run& run, const std::vector<sighting>& seen) {
    const auto at =
        std::find_if(seen.begin(), seen.end(), [&](const auto& sight) { return sight.run == run; });
    if (at == seen.end()) return {.message = "no stack: the run ended before it could be taken"};
    auto said = recorder::annotations_of(run.thread, run.sequence);
    const auto last = readings.find(run.thread);
    const auto before = last != readings.end() ? last->second : read_thread(at->os_id);
    auto taken = sampler.take(at->thread, at->os_id, run.sequence, run.begin);
    auto after = read_thread(at->os_id);
    const std::chrono::nanoseconds watched(after.time_ns - before.time_ns);
    if (watched < shortest_evidence) {
      nap(shortest_evidence - watched);
      after = read_thread(at->os_id);
    }
    if (!is_in_run(at->thread, run.sequence, run.begin)) {
      // What the thread did last, it may have done after the run.
      if (taken.addresses.empty())
        taken.reason = "no stack: the run ended before it could be taken";
      return {.addresses = std::move(taken.addresses),
              .message = std::move(taken.reason),
              .said = std::move(said)};
    }
    readings.insert_or_assign(run.thread, after);
    const auto cause = cause_of(evidence_between(before, after));
    if (cause == stall_cause::mutex)
      taken.reason = holder_of(after, seen) + (taken.reason.empty() ? "" : "; ") + taken.reason;
    return {cause, text_of(cause, after.doing.number), std::move(taken.addresses),
            std::move(taken.reason), std::move(said)};
  }

  /// Who holds the mutex that a thread waits for, what he runs and where he sleeps.
  static std::string holder_of(const thread_reading& waiting, const std::vector<sighting>& seen) {
    const auto id = waiting.mutex_owner;
    std::string text = "the mutex is held by thread " + std::to_string(id);
    if (const auto name = recorder::thread_name(id); !name.empty()) text += " (" + name + ")";
    const auto runs = std::find_if(seen.begin(), seen.end(),
                                   [&](const auto& sight) { return sight.os_id == id; });
    if (runs != seen.end()) {
      for (const auto& site : recorder::take_snapshot().sites) {
        if (site.id == runs->run.site) text += ", which runs " + site.name;
      }
    }
    if (const auto stack = copy_sleeping_stack(id)) {
      auto& symbols = program_symboliser();
      const auto function = culprit_of(symbols.frames(symbols.walk(*stack)));
      if (!function.empty()) text += ", which waits in " + function;
    }
    return text;
  }

  /// Failures, and slow runs that were no stalls, in the order in which they came.
  void report_notes(const std::vector<recorder::note>& notes, const std::vector<ended_run>& slow) {
    for (const auto& note : notes) {
      std::optional<cpu_bounds> cpu;
      if (note.kind == schema::report_kind::slow && note.thread_cpu_ns != 0) {
        const auto begin = recorder::to_nanoseconds(note.begin);
        // Not the end in nanoseconds: rounded apart, it could have used more than it lasted.
        const auto end = begin + recorder::to_nanoseconds(note.duration);
        cpu = cpu_times.ended(note.thread, begin, end, note.thread_cpu_ns);
      }
      const bool only_slow = std::any_of(slow.begin(), slow.end(), [&](const auto& ended) {
        return ended.run.thread == note.thread && ended.run.begin == note.begin;
      });
      if (note.kind != schema::report_kind::slow || only_slow) reports.note_taken(note, cpu);
    }
  }

  /// What slow runs will be compared with when they have ended.
  void sample_cpu_times(ticks now) {
    if (now < next_cpu_sample) return;
    next_cpu_sample = now + ticks_of(cpu_sample_period);
    recorder::for_each_thread([&](const recorder::thread_state& each) {
      const bool running = each.run.begin.load(std::memory_order_acquire) != 0;
      const auto run = running ? each.run.sequence.load(std::memory_order_relaxed) : 0;
      const auto at = recorder::to_nanoseconds(recorder::now_ticks());
      if (const auto cpu = cpu_time(each.os_id)) cpu_times.looked(each.id, run, at, *cpu);
    });
    cpu_times.forget_gone();
  }

  std::chrono::nanoseconds pause_after(ticks now, ticks threshold,
                                       const std::vector<observed_run>& running) const {
    const auto due = stall_detector::next_look(now, threshold, running);
    // What the look itself took has already passed.
    const auto passed = recorder::now_ticks();
    std::chrono::nanoseconds left(
        due > passed ? static_cast<std::int64_t>(recorder::to_nanoseconds(due - passed)) : 0);
    if (running.empty()) left += leeway_at_rest;
    const std::chrono::nanoseconds longest =
        detector.any_ongoing() ? pause_in_a_stall : longest_pause;
    return std::clamp<std::chrono::nanoseconds>(left, shortest_pause, longest);
  }

  const std::chrono::nanoseconds grace;
  stack_sampler sampler;
  reporter reports;
  stall_detector detector;
  standstill still;
  ticks looked = 0;       // at the clock, last
  ticks accounted = 0;    // for which the watchdog had a processor or waited for one, as last read
  ticks unaccounted = 0;  // by how much that may have grown since
  ticks waited = 0;       // for others, since it last looked at the clock
  cpu_samples cpu_times;
  ticks next_cpu_sample = 0;
  std::map<std::uint32_t, thread_reading> readings;  // of threads in a stall, at the last sample
  std::chrono::steady_clock::time_point next_housekeeping{};

  std::mutex mutex;  // guards stopping
  std::condition_variable wake;
  bool stopping = false;
  const pid_t process = getpid();
  std::thread thread;
};

watch::watch(const watch_options& options) : state_(std::make_unique<state>(options)) {}

watch::~watch() {
  // A forked child has a copy of this object but not of its thread, whose end it would wait for for
  // ever.
  if (getpid() != state_->process) static_cast<void>(state_.release());
}

}  // namespace asioscope::watchdog
