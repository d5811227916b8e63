// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/schema/message.hpp"

#include <type_traits>

/// Which member stands in which field of stream.proto, said once for the writer and the reader.
///
/// `Io` is writer or reader; its call operator takes the field's number and the member.
namespace asioscope::schema::wire {

/// `Value` as the archive needs it: const when it writes.
template <typename Io, typename Value>
using as = std::conditional_t<Io::reading, Value, const Value>;

template <typename Io>
void describe(Io& io, as<Io, clock_reading>& value) {
  io(1, value.monotonic_ns);
  io(2, value.realtime_ns);
}

template <typename Io>
void describe(Io& io, as<Io, loop_info>& value) {
  io(1, value.id);
  io(2, value.name);
  io(3, value.gone);
}

template <typename Io>
void describe(Io& io, as<Io, site_info>& value) {
  io(1, value.id);
  io(2, value.kind, site_kind::resource);
  io(3, value.name);
  io(4, value.operation);
}

template <typename Io>
void describe(Io& io, as<Io, thread_info>& value) {
  io(1, value.id);
  io(2, value.os_id);
  io(3, value.name);
  io(4, value.gone);
}

template <typename Io>
void describe(Io& io, as<Io, loop_statistics>& value) {
  io(1, value.loop);
  io(2, value.threads);
  io(3, value.pending);
  io(4, value.outstanding);
  io(5, value.busy_ns);
  io(6, value.idle_ns);
  io(7, value.turns);
  io(8, value.hops);
  io(9, value.last_progress_ns);
  io(10, value.stalls);
  io(11, value.stall_ns);
  io(12, value.lag);
  io(13, value.long_turns);
  io(14, value.longest_turn_ns);
  io(15, value.corrected_lag);
  io(16, value.strand_wait);
}

template <typename Io>
void describe(Io& io, as<Io, thread_statistics>& value) {
  io(1, value.thread);
  io(2, value.busy_ns);
  io(3, value.idle_ns);
  io(4, value.cpu_ns);
}

template <typename Io>
void describe(Io& io, as<Io, error_count>& value) {
  io(1, value.category);
  io(2, value.count);
}

template <typename Io>
void describe(Io& io, as<Io, site_statistics>& value) {
  io(1, value.loop);
  io(2, value.site);
  io(3, value.slow);
  io(4, value.failed);
  io(5, value.errors);
  io(6, value.cancelled);
  io(7, value.unrun);
  io(8, value.longest_ns);
  io(9, value.run);
  io(10, value.delay);
  io(11, value.error_categories);
}

template <typename Io>
void describe(Io& io, as<Io, task_statistics>& value) {
  io(1, value.loop);
  io(2, value.site);
  io(3, value.spawned);
  io(4, value.finished);
  io(5, value.failed);
  io(6, value.cancelled);
  io(7, value.abandoned);
  io(8, value.duration);
}

template <typename Io>
void describe(Io& io, as<Io, await_place>& value) {
  io(1, value.id);
  io(2, value.function);
  io(3, value.file);
  io(4, value.line);
}

template <typename Io>
void describe(Io& io, as<Io, await_chain>& value) {
  io(1, value.task);
  io(2, value.operation);
  io(3, value.places);
  io(4, value.scopes);
  io(5, value.trace_id);
}

template <typename Io>
void describe(Io& io, as<Io, resource_figure>& value) {
  io(1, value.name);
  io(2, value.value);
  io(3, value.total);
}

template <typename Io>
void describe(Io& io, as<Io, resource_use>& value) {
  io(1, value.task);
  io(2, value.since_ns);
}

template <typename Io>
void describe(Io& io, as<Io, occurrence_count>& value) {
  io(1, value.what);
  io(2, value.count);
}

template <typename Io>
void describe(Io& io, as<Io, resource_info>& value) {
  io(1, value.id);
  io(2, value.kind);
  io(3, value.name);
  io(4, value.gone);
  io(5, value.state);
  io(6, value.figures);
  io(7, value.waiting);
  io(8, value.waiters);
  io(9, value.holders);
  io(10, value.wait);
  io(11, value.cancelled);
  io(12, value.timed_out);
  io(13, value.closed);
  io(14, value.occurrences);
  io(15, value.item_wait);
}

template <typename Io>
void describe(Io& io, as<Io, stack_frame>& value) {
  io(1, value.address);
  io(2, value.function);
  io(3, value.file);
  io(4, value.line);
  io(5, value.module);
  io(6, value.internal);
}

template <typename Io>
void describe(Io& io, as<Io, stall_stack>& value) {
  io(1, value.frames);
  io(2, value.count);
}

template <typename Io>
void describe(Io& io, as<Io, report>& value) {
  io(1, value.id);
  io(2, value.kind, report_kind::failure);
  io(3, value.time_ns);
  io(4, value.loop);
  io(5, value.thread);
  io(6, value.site);
  io(7, value.task);
  io(8, value.duration_ns);
  io(9, value.delay_ns);
  io(10, value.ongoing);
  io(11, value.message);
  io(12, value.culprit);
  io(13, value.stack);
  io(14, value.cause);
  io(15, value.samples);
  io(16, value.stack_count);
  io(17, value.other_stacks);
  io(18, value.scopes);
  io(19, value.trace_id);
  io(20, value.await_places);
  io(21, value.cpu_least_ns);
  io(22, value.cpu_most_ns);
}

template <typename Io>
void describe(Io& io, as<Io, text_message>& value) {
  io(1, value.thread);
  io(2, value.time_ns);
  io(3, value.loop);
  io(4, value.task);
  io(5, value.text);
}

template <typename Io>
void describe(Io& io, as<Io, gap>& value) {
  io(1, value.thread);
  io(2, value.count);
  io(3, value.from_ns);
  io(4, value.to_ns);
}

template <typename Io>
void describe(Io& io, as<Io, telemetry>& value) {
  io(1, value.events);
  io(2, value.events_lost);
  io(3, value.site_overflow);
  io(4, value.task_overflow);
  io(5, value.reports_suppressed);
  io(6, value.memory_bytes);
}

/// Without the magic, which is no member.
template <typename Io>
void describe(Io& io, as<Io, hello>& value) {
  io(2, value.version);
  io(3, value.program);
  io(4, value.pid);
  io(5, value.started_realtime_ns);
  io(6, value.host);
  io(7, value.build);
  io(8, value.clock);
  io(9, value.slow_threshold_ns);
  io(10, value.stall_threshold_ns);
}

template <typename Io>
void describe(Io& io, as<Io, frame>& value) {
  io(1, value.time);
  io(2, value.snapshot);
  io(3, value.snapshot_end);
  io(4, value.tracing);
  io(5, value.loops);
  io(6, value.sites);
  io(7, value.threads);
  io(8, value.loop_stats);
  io(9, value.site_stats);
  io(10, value.task_stats);
  io(11, value.tasks);
  io(12, value.reports);
  io(13, value.events);
  io(14, value.gaps);
  io(15, value.self);
  io(16, value.vanished_tasks);
  io(17, value.places);
  io(18, value.await_chains);
  io(19, value.thread_stats);
  io(20, value.messages);
  io(21, value.resources);
}

template <typename Io>
void describe(Io& io, as<Io, goodbye>& value) {
  io(1, value.reason);
}

template <typename Io>
void describe(Io& io, as<Io, request>& value) {
  io(1, value.trace);
}

}  // namespace asioscope::schema::wire
