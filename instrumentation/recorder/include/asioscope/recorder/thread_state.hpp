// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/recorder/annotations.hpp"
#include "asioscope/recorder/cells.hpp"
#include "asioscope/recorder/loop.hpp"
#include "asioscope/recorder/note.hpp"
#include "asioscope/recorder/recorder.hpp"
#include "asioscope/recorder/ring.hpp"
#include "asioscope/recorder/site.hpp"
#include "asioscope/recorder/task.hpp"
#include "asioscope/recorder/ticks.hpp"
#include "asioscope/schema/event.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <exception>
#include <memory>
#include <string>
#include <utility>
#include <vector>

/// The hot path: what each thread keeps and does for itself. Everything here runs on the thread
/// that owns the state, unless it says otherwise.
namespace asioscope::recorder {

namespace detail {
/// The mode in force in the low two bits; above them the number of changes so far. Relaxed: a
/// thread may be a little late in noticing a change.
extern constinit std::atomic<std::uint32_t> mode_word;
/// The thresholds in ticks.
extern constinit std::atomic<ticks> slow_threshold;
extern constinit std::atomic<ticks> stall_threshold;
}  // namespace detail

inline bool recording() noexcept {
  return (detail::mode_word.load(std::memory_order_relaxed) & 3) != 0;
}
inline bool tracing() noexcept {
  return (detail::mode_word.load(std::memory_order_relaxed) & 3) == 2;
}

/// The run going on on a thread, as others see it: by read_run().
struct current_run {
  std::atomic<ticks> begin{0};  ///< 0: none. Stored last at the begin (release), first at the end.
  std::atomic<std::uint64_t> sequence{0};  ///< counts the runs of this thread
  std::atomic<site_id> site{0};
  std::atomic<loop_id> loop{0};
  std::atomic<task_id> task{0};
};

/// What is known of an operation when it begins to run.
struct run_start {
  loop_cells* cells = nullptr;
  site_id site = other_site;
  stamp ready = 0;  ///< when it became ready
  bool ready_known = false;
  bool begin_may_be_shared = false;  ///< it was surely queued when this thread's previous run ended
  std::uint8_t flags = 0;            ///< schema::run_flag
  std::uint32_t operation = 0;
};

/// A strand runs the handlers in its queue.
struct strand_pass {
  ticks begin = 0;  ///< 0: none
  ticks ready = 0;  ///< when it was queued on the loop; 0: not known
};

/// Whose a run is: which coroutine named its site, which task is charged with it.
enum class run_claim : std::uint8_t {
  open,        ///< no coroutine has been resumed in it
  rest_open,   ///< its task has ended: the rest is that of the next task that is resumed
  taken,       ///< by the first coroutine
  rest_taken,  ///< by a later one
};

/// The task that is charged with a run, or with a part of it.
struct task_share {
  task_record* record = nullptr;  ///< null: none, or it has ended
  task_id id = 0;
  ticks begin = 0;  ///< as stored in record->since
  ticks lent = 0;   ///< of the time since then: spent on runs and tasks within this one
};

class launch;

/// Places for new tasks that a thread holds in reserve.
struct task_places;
struct task_places_deleter {
  void operator()(task_places* places) const;
};

struct thread_state {
  thread_state();
  ~thread_state();
  thread_state(const thread_state&) = delete;
  thread_state& operator=(const thread_state&) = delete;

  current_run run;  // first: the watchdog reads this line

  // The run going on.
  unsigned depth = 0;  // 0: none
  std::uint8_t flags = 0;
  run_claim claimed = run_claim::open;
  ticks delay = 0;
  std::uint32_t operation = 0;
  loop_cells* cells = nullptr;
  task_share share;
  task_id first_task = 0;       // once its rest is another task's
  launch* launching = nullptr;  // of a task that has not begun, within this run
  const void* hop_key =
      nullptr;               // an operation created with this key queues the same handler again
  bool by_hooks = false;     // recorded by the hooks, not by an instrumented_executor
  bool requeued = false;     // a type-erased function was queued meanwhile
  bool used_strand = false;  // a function was given to a strand meanwhile
  bool submits = false;      // an instrumented_executor hands a function to the executor below it

  /// Of the error code that the run was called with, when its flags say that it was one.
  const char* error_category = nullptr;

  /// The task of the coroutine that initiates an operation right now.
  task_record* initiator = nullptr;

  // From a coroutine that awaits another to the one that starts: the bookkeeping of their task.
  void* handed_over = nullptr;
  const await_link* handed_link = nullptr;
  bool handed_to_root = false;  // the one that starts is the first of its task

  /// When this thread was first seen in the run() that it is in.
  ticks entered = 0;

  /// Of a run without a task.
  annotation_cell annotations;

  /// The pass through a strand's queue that this thread is in.
  strand_pass strand;

  /// Ticks and CLOCK_MONOTONIC read together a moment ago, to turn expiries of timers into stamps.
  ticks anchor_ticks = 0;
  std::int64_t anchor_ns = 0;

  /// End of the previous run, or of a pass through the reactor; 0: not to be reused.
  ticks last_end = 0;
  /// detail::mode_word when it was noted: what lies between may include a time when nothing was
  /// recorded.
  std::uint32_t last_end_mode = 0;
  /// Stamp of the operation this thread created last.
  stamp last_created = 0;
  /// When the run that is going on began: the same as run.begin, without the atomic.
  ticks begin = 0;
  /// Of a run within another: how much later that is than it really was, for the runs within it.
  ticks paused = 0;

  /// The trace ring, once somebody asked for a trace. Made by whoever asked, or by the owner when
  /// it comes later. Release and acquire: its zeroed memory.
  std::atomic<event_ring<>*> ring{nullptr};

  std::uint32_t id = 0;
  std::int32_t os_id = 0;

  // Behind the registry's lock: what snapshots have shown so far, in nanoseconds.
  std::uint64_t busy_reported = 0;
  std::uint64_t idle_reported = 0;

  std::unique_ptr<task_places, task_places_deleter> places;
  site_cache sites;

  /// This thread's cells of the loop known by `key` (a context or a scheduler).
  loop_cells& cells_of(const void* key) {
    const cached_cells& c = cache_[slot_of(key)];
    if (c.key == key && c.generation == loop_generation.load(std::memory_order_relaxed)) [[likely]]
      return *c.cells;
    return look_up(key);
  }
  loop_cells& cells_of(loop_record& loop);

  /// Whether cells_of(key) has been called lately.
  [[nodiscard]] bool knows(const void* key) const noexcept {
    const cached_cells& c = cache_[slot_of(key)];
    return c.key == key && c.generation == loop_generation.load(std::memory_order_relaxed);
  }

  /// At `found` this thread got something to do for a loop. If that is long after it was last busy
  /// with it, so that it was not the scheduler's own work, then it waited. (Waiting in the reactor
  /// is booked by the reactor's wrapper, which renews last_end.)
  void book_wait(loop_cells& loop, ticks found) noexcept {
    constexpr ticks scheduling = 4096;
    const ticks previous = proven_last_end();
    if (previous != 0 && found - previous > scheduling && &loop == cells)
      loop.idle.add(found - previous);
  }

  void begin_run(const run_start& start) noexcept;
  void end_run() noexcept;

  void set_last_end(ticks end) noexcept {
    last_end = end;
    last_end_mode = detail::mode_word.load(std::memory_order_relaxed);
  }

  /// End of the previous run or pass through the reactor, if nothing happened since that was not
  /// recorded; else 0.
  [[nodiscard]] ticks proven_last_end() const noexcept {
    return last_end_mode == detail::mode_word.load(std::memory_order_relaxed) ? last_end : 0;
  }

  /// A run inside a run (a handler that polls a loop): the outer one stands still meanwhile, so
  /// that no time is booked twice.
  struct paused_run {
    ticks begin;
    ticks paused;
    ticks delay;
    task_id owner;
    loop_cells* cells;
    task_share share;
    task_id first_task;
    launch* launching;
    const void* hop_key;
    const char* error_category;
    std::uint32_t operation;
    site_id site;
    unsigned depth;
    std::uint8_t flags;
    run_claim claimed;
    bool requeued;
    bool used_strand;
    bool by_hooks;
  };
  [[gnu::noinline, gnu::cold]] paused_run pause_run() noexcept;
  [[gnu::noinline, gnu::cold]] void continue_run(const paused_run& outer) noexcept;

  /// The stamp of a moment on CLOCK_MONOTONIC, such as the expiry of a timer.
  stamp stamp_of(std::int64_t monotonic_ns) noexcept;

  /// A coroutine of a task is resumed: the run going on is its, or the rest of it, unless it is
  /// charged to a task already.
  void claim(task_ref owner, site_id site) noexcept {
    if (depth == 0) return;
    if (claimed == run_claim::rest_open) [[unlikely]]
      return take_rest(owner);
    if (claimed != run_claim::open) return;
    claimed = run_claim::taken;
    run.site.store(site, std::memory_order_relaxed);
    charge(owner);
  }

  void charge(task_ref owner) noexcept {
    if (owner.id == 0 || run.task.load(std::memory_order_relaxed) != 0) return;
    if ((flags & schema::run_flag_delay) != 0) {
      auto& scheduled = owner.record->scheduled;
      const ticks waited = scheduled.load(std::memory_order_relaxed) + time_in_queue(*owner.record);
      scheduled.store(waited, std::memory_order_relaxed);
    }
    charge_from(owner, begin);
  }

  /// From `moment` on, the run going on is charged to a task.
  void charge_from(task_ref owner, ticks moment) noexcept {
    run.task.store(owner.id, std::memory_order_relaxed);
    share = {owner.record, owner.id, moment, 0};
    owner.record->since.store(moment, std::memory_order_relaxed);
    owner.record->operation.store(nullptr, std::memory_order_relaxed);
  }

  /// How long a task that begins to run was ready. It may have become so during its last run: that
  /// time is booked as busy.
  [[nodiscard]] ticks time_in_queue(const task_record& record) const noexcept {
    const ticks before = record.since.load(std::memory_order_relaxed);
    // Its last run may still be going on, on the thread that it has just left.
    if (before != 0 && (before & task_record::resting) == 0) return 0;
    const ticks free =
        std::max(before & ~task_record::resting, record.spawned.load(std::memory_order_relaxed));
    return free < begin ? std::min(delay, begin - free) : 0;
  }

  /// Books the run going on with its task, up to `end`.
  void settle_task(ticks end) noexcept {
    const task_share mine = std::exchange(share, {});
    task_record& record = *mine.record;
    // The task may have gone on and ended on another thread before this run came to its end.
    if (record.id.load(std::memory_order_relaxed) != mine.id) return;
    const ticks spent = end - mine.begin - mine.lent;
    if (cells->record->shared.load(std::memory_order_relaxed)) [[unlikely]] {
      record.busy.fetch_add(spent, std::memory_order_relaxed);
      record.runs.fetch_add(1, std::memory_order_relaxed);
      ticks begun = mine.begin;
      record.since.compare_exchange_strong(begun, end | task_record::resting,
                                           std::memory_order_relaxed);
    } else {
      record.busy.store(record.busy.load(std::memory_order_relaxed) + spent,
                        std::memory_order_relaxed);
      record.runs.store(record.runs.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
      record.since.store(end | task_record::resting, std::memory_order_relaxed);
    }
    if (spent > record.longest.load(std::memory_order_relaxed))
      record.longest.store(spent, std::memory_order_relaxed);
  }

  /// The task that is charged with the run going on ends. The rest of the run is nobody's, unless
  /// another task is resumed in it.
  void task_ends(ticks end) noexcept {
    settle_task(end);
    if (claimed == run_claim::taken) first_task = run.task.load(std::memory_order_relaxed);
    if (claimed != run_claim::open) claimed = run_claim::rest_open;
  }

  /// The task that the run as a whole is put down to: the first.
  [[nodiscard]] task_id owner() const noexcept {
    const bool others = claimed == run_claim::rest_open || claimed == run_claim::rest_taken;
    return others ? first_task : run.task.load(std::memory_order_relaxed);
  }

  void put(const event_ring<>::words& event) noexcept {
    event_ring<>* const r = ring.load(std::memory_order_acquire);
    if (r != nullptr) [[likely]]
      r->put(event);
    else
      make_ring(event);
  }

 private:
  struct cached_cells {
    const void* key = nullptr;
    std::uint32_t generation = 0;
    loop_cells* cells = nullptr;
  };
  static std::size_t slot_of(const void* key) noexcept {
    const auto a = reinterpret_cast<std::uintptr_t>(key);
    return ((a >> 4) ^ (a >> 9)) % 8;
  }

  [[gnu::noinline]] loop_cells& look_up(const void* key);
  [[gnu::noinline, gnu::cold]] void take_rest(task_ref owner) noexcept;
  /// The rest of end_run for a run that was slow, failed, in a strand, or only queued its handler
  /// again.
  [[gnu::noinline, gnu::cold]] void end_of_rare_run(ticks end, ticks duration) noexcept;
  void book_rare_run(ticks end, ticks duration) noexcept;
  [[nodiscard]] ticks strand_wait() const noexcept;
  [[gnu::noinline, gnu::cold]] void make_ring(const event_ring<>::words& event) noexcept;
  void trace_run(ticks duration) noexcept;

  std::array<cached_cells, 8> cache_{};

 public:
  /// By loop id; made by the owner, read by snapshots.
  std::array<std::atomic<loop_cells*>, max_loops> loops{};
};

/// Packing of events into four words. Durations are kept with 27 significant bits, so that 32 bits
/// hold any.
constexpr std::uint32_t pack_duration(ticks d) noexcept {
  if (d < (ticks{1} << 27)) [[likely]]
    return static_cast<std::uint32_t>(d);
  if (d >= (ticks{1} << 58)) return ~std::uint32_t{0};
  const unsigned exponent = 37U - static_cast<unsigned>(__builtin_clzll(d));
  return static_cast<std::uint32_t>(d >> exponent) | exponent << 27;
}
constexpr ticks unpack_duration(std::uint32_t packed) noexcept {
  return ticks{packed & ((1U << 27) - 1)} << (packed >> 27);
}
/// Entries of the ring that are no events by themselves: a message, whose `flags` say how many
/// entries with its text follow, and such an entry, whose `flags` say how many bytes of the other
/// three words are text.
inline constexpr auto message_head = schema::event_kind{0xFE};
inline constexpr auto message_text = schema::event_kind{0xFF};

constexpr std::uint64_t pack_head(schema::event_kind kind, std::uint8_t flags, loop_id loop,
                                  site_id site) noexcept {
  return static_cast<std::uint64_t>(kind) | std::uint64_t{flags} << 8 | std::uint64_t{loop} << 16 |
         std::uint64_t{site} << 32;
}

namespace detail {
// Initial-exec: one load to reach it. The library is linked into the program, or into libraries
// that are loaded with it.
extern constinit thread_local thread_state* this_thread_state
    __attribute__((tls_model("initial-exec")));
[[gnu::noinline, gnu::cold]] thread_state& make_thread_state();
}  // namespace detail

/// The state of the calling thread, made at its first use.
inline thread_state& this_thread() {
  thread_state* const s = detail::this_thread_state;
  if (s != nullptr) [[likely]]
    return *s;
  return detail::make_thread_state();
}

inline void thread_state::begin_run(const run_start& start) noexcept {
  if (start.begin_may_be_shared) {
    begin = last_end;
  } else {
    begin = now_ticks();
    book_wait(*start.cells, begin);
  }
  cells = start.cells;
  flags = start.flags;
  operation = start.operation;
  claimed = run_claim::open;
  requeued = false;
  used_strand = false;
  if (start.ready_known) {
    const std::int64_t waited = since_stamp(begin, start.ready);
    // A stamp is up to one unit early; a share of the clock read makes the begin a little early.
    delay = waited > 0 ? static_cast<ticks>(waited) : 0;
    flags |= schema::run_flag_delay;
  }
  depth = 1;
  run.sequence.store(run.sequence.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  run.site.store(start.site, std::memory_order_relaxed);
  run.loop.store(start.cells->loop, std::memory_order_relaxed);
  run.task.store(0, std::memory_order_relaxed);
  // Release: the watchdog that sees this begin sees the fields above.
  run.begin.store(begin, std::memory_order_release);
}

inline void thread_state::end_run() noexcept {
  const ticks end = now_ticks();
  const ticks duration = end - begin;
  run.begin.store(0, std::memory_order_relaxed);
  depth = 0;
  set_last_end(end);
  cells->last_progress.raise_to(end);
  if (share.record != nullptr) settle_task(end);
  constexpr std::uint8_t rare = schema::run_flag_slow | schema::run_flag_exception |
                                schema::run_flag_error | schema::run_flag_cancelled |
                                schema::run_flag_hop | schema::run_flag_strand;
  if ((flags & rare) != 0 || duration > detail::slow_threshold.load(std::memory_order_relaxed))
      [[unlikely]] {
    return end_of_rare_run(end, duration);
  }
  if (handler_cells* const site = cells->handlers.at(run.site.load(std::memory_order_relaxed)))
      [[likely]] {
    site->run.record(duration);
    if ((flags & schema::run_flag_delay) != 0) site->delay.record(delay);
    site->longest.raise_to(duration);
  }
  if (tracing()) [[unlikely]]
    trace_run(duration);
}

inline void thread_state::trace_run(ticks duration) noexcept {
  put({begin,
       pack_head(schema::event_kind::run, flags, cells->loop,
                 run.site.load(std::memory_order_relaxed)),
       std::uint64_t{pack_duration(duration)} |
           std::uint64_t{(flags & schema::run_flag_delay) != 0 ? pack_duration(delay) : 0} << 32,
       (owner() & 0xFFFFFFFFU) | std::uint64_t{operation} << 32});
}

/// A pass of a loop through its reactor.
struct turn {
  ticks begin;  ///< also the end of what the thread did before
  ticks end;
  ticks entered;  ///< since when the thread has been running the loop
  bool proven;    ///< nothing unknown lies between what the thread did before and this
  bool waited;    ///< it was allowed to wait
};

/// The corrected lag is what an arrival every so often meets: none if the loop waits in its
/// reactor, else the time until it gets there.
inline constexpr std::uint64_t arrival_interval_ns = 1'000'000;

/// Books what a turn says about the time since the one before: the corrected lag, and how long the
/// loop was deaf. Once per arrival_interval_ns at most.
[[gnu::noinline, gnu::cold]] void book_turn(loop_record& loop, loop_cells& cells,
                                            const turn& now) noexcept;

inline void end_turn(thread_state& thread, loop_cells& cells, const turn& now) noexcept {
  loop_record& loop = *cells.record;
  loop.waiting_since.store(0, std::memory_order_relaxed);
  if (now.end >= loop.next_arrival.load(std::memory_order_relaxed)) [[unlikely]]
    book_turn(loop, cells, now);
  loop.turn_end.store(now.end, std::memory_order_relaxed);
  thread.set_last_end(now.end);
  cells.turns.add(1);
  cells.last_progress.raise_to(now.end);
  if (now.waited) cells.idle.add(now.end - now.begin);
  if (loop.probe_sent.load(std::memory_order_relaxed) != 0) [[unlikely]]
    probe_arrived(loop);
}

/// This thread runs this loop. Tells the loop when it is not the only one.
void note_runner(loop_cells& cells, const thread_state& thread) noexcept;

/// A handler was destroyed without running.
void count_unrun(thread_state& thread, loop_id loop, site_id site) noexcept;

/// Leaves a note about an exception that is leaving the run going on. `message`: its type, as far
/// as it is known; `text`: its what().
void note_failure(thread_state& thread, std::string message, std::string text) noexcept;

/// The same for an exception that left a task.
/// `places`: the coroutines it came through, innermost first.
void note_failure(thread_state& thread, std::string message, std::string text, loop_id loop,
                  task_id task, std::vector<passed_place> places) noexcept;

/// Calls `visit(thread_state&)` for every thread that has a state, with the registry locked: a
/// thread cannot go away meanwhile. For the watchdog and snapshots.
void visit_threads(void (*visit)(thread_state&, void*), void* context);
template <class Visit>
void for_each_thread(Visit visit) {
  visit_threads([](thread_state& s, void* v) { (*static_cast<Visit*>(v))(s); }, &visit);
}

/// Takes a {ticks, monotonic, realtime} reading, so that ticks of any time can be turned into
/// nanoseconds. Called about once a second by the watchdog; harmless at any time.
void take_clock_reading();

/// The moment `t` on CLOCK_MONOTONIC in nanoseconds. Any thread.
std::int64_t to_monotonic(ticks t);

/// Stalls as the watchdog found them. The watchdog only.
/// `about`: the run, as long as it has lasted, with its trace id.
void count_stall(const note& about, schema::stall_cause cause);
void set_stall_time(loop_id loop, std::uint64_t ended_ns, std::uint64_t ongoing_ns);

}  // namespace asioscope::recorder
