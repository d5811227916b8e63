// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "locks.hpp"

#include "asioscope/recorder/loop.hpp"
#include "asioscope/recorder/recorder.hpp"
#include "asioscope/recorder/site.hpp"
#include "asioscope/recorder/thread_state.hpp"

#include <array>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

namespace asioscope::recorder {

struct site_entry {
  schema::site_kind kind = schema::site_kind::handler;
  std::string name;  // as shown; for code, the fallback until the symbols were read
  std::string operation;
  const void* code = nullptr;  // whose name is still to be looked up
  site_id canonical =
      0;  // the site under whose name this one is shown: itself, or one that has the same name
};

struct loop_entry {
  loop_record record;
  std::string name;
  bool named = false;  // by the user
  bool gone = false;
  const void* context = nullptr;
  loop_probe probe;                                               // behind probe_mutex
  std::array<std::uint64_t, schema::stall_cause_count> stalls{};  // by cause
  std::uint64_t stall_ended_ns = 0;
  std::uint64_t stall_ongoing_ns = 0;
  // When this record began to stand for its present loop: what had been created and never settled,
  // and how much had happened at all.
  std::uint64_t never_settled[2] = {};
  std::uint64_t former_activity = 0;
  // Highest value reported so far: a counter must not fall when a run ends between two reads.
  std::uint64_t busy_reported = 0;
  std::uint64_t idle_reported = 0;
};

struct gone_thread {
  schema::thread_info info;
  schema::thread_statistics figures;
};

/// Everything the recorder knows that is not kept by a single thread. All behind one lock, which
/// recording threads take only when they meet something for the first time.
struct registry {
  std::mutex& mutex = lock_of(shared::registry);
  /// Held while a probe is sent, so that its loop cannot go away. Sending may take `mutex`; never
  /// the other way round.
  std::mutex& probe_mutex = lock_of(shared::probes);

  std::deque<site_entry> sites;  // by id; entry 0 is other_site
  std::unordered_map<std::string, site_id> site_by_key;
  std::unordered_map<const void*, site_id> handler_by_code;
  std::unordered_map<const void*, site_id> task_by_code;
  std::uint64_t site_overflow = 0;

  std::deque<loop_entry> loops;                              // by id; entry 0 is other_loop
  std::unordered_map<const void*, loop_id> loop_by_address;  // contexts and schedulers

  std::vector<thread_state*> threads;
  std::deque<gone_thread> gone_threads;  // the latest few
  std::uint32_t next_thread = 1;
  std::array<std::unique_ptr<loop_cells>, max_loops>
      retired;  // by loop: what threads that ended left behind
  std::uint64_t retired_events = 0;
  std::uint64_t events_lost = 0;

  /// Rings of threads that ended while somebody was reading.
  struct ended_ring {
    std::uint32_t thread;
    std::uint64_t head;
    std::unique_ptr<event_ring<>> ring;  // null: given up, there are too many
  };
  std::deque<ended_ring> ended_rings;
  int readers = 0;

  registry();
};

/// The one registry: made at first use, never destroyed, since threads may outlive static objects.
registry& the_registry();

/// Events per thread: 4 MiB.
inline constexpr std::size_t ring_capacity = std::size_t{1} << 17;

/// Adds up what all threads kept of one loop. With the registry locked.
struct loop_activity {
  std::uint64_t unsettled[2] = {};  ///< created − settled; as read, hence possibly off for a moment
  std::uint64_t total = 0;          ///< grows whenever something happens on the loop
};
loop_activity activity_of(const registry& r, loop_id loop);

/// Time of a thread in runs that have ended, and waiting for work. With the registry locked.
struct thread_figures {
  ticks busy = 0;
  ticks idle = 0;
};
thread_figures figures_of_thread(const thread_state& t);

/// For how long the processors have worked for a thread, in nanoseconds; 0: not known.
std::uint64_t cpu_time_of(std::int32_t os_id) noexcept;

/// Gives a thread its trace ring if it has none. Any thread, while `t` cannot go away.
void offer_ring(thread_state& t, bool prefault);

/// Adds the cells of one thread to those of another, or to the retired ones.
void fold(const loop_cells& from, loop_cells& into);

}  // namespace asioscope::recorder
