// SPDX-License-Identifier: BSL-1.0
#include "columns.hpp"

#include <protozero/pbf_writer.hpp>

#include <array>

namespace asioscope::schema::wire {
namespace {

/// The body of a packed field.
class written_column {
 public:
  void add(std::uint64_t value) { protozero::add_varint_to_buffer(&bytes_, value); }

  /// A difference modulo 2^64, zigzag.
  void add_difference(std::uint64_t value, std::uint64_t base) {
    add(protozero::encode_zigzag64(static_cast<std::int64_t>(value - base)));
  }

  /// A difference modulo 2^32, zigzag.
  void add_difference32(std::uint32_t value, std::uint32_t base) {
    add(protozero::encode_zigzag32(static_cast<std::int32_t>(value - base)));
  }

  void write(protozero::pbf_writer& out, protozero::pbf_tag_type tag) const {
    if (!bytes_.empty()) out.add_bytes(tag, bytes_);
  }

 private:
  std::string bytes_;
};

std::uint64_t bits(std::int64_t value) { return static_cast<std::uint64_t>(value); }

/// What the events of one shape have in common.
struct written_shape {
  std::uint64_t kind;  // with presence bits
  std::uint8_t flags;
  std::uint32_t loop;
  std::uint32_t site;

  friend bool operator==(const written_shape&, const written_shape&) = default;
};

written_shape shape_of(const event& value) {
  return {static_cast<std::uint64_t>(value.kind) |
              (value.duration_ns != 0 ? event_has_duration : 0) |
              (value.delay_ns != 0 ? event_has_delay : 0) | (value.task != 0 ? event_has_task : 0) |
              (value.operation != 0 ? event_has_operation : 0),
          value.flags, value.loop, value.site};
}

/// Gives shapes their index. A direct-mapped cache is enough: a shape that was pushed out enters
/// the table a second time, which costs a few bytes and nothing else.
class shape_table {
 public:
  std::uint32_t index_of(const written_shape& wanted) {
    const std::uint64_t mixed =
        ((std::uint64_t{wanted.site} << 32U) ^ (std::uint64_t{wanted.loop} << 16U) ^
         (std::uint64_t{wanted.flags} << 8U) ^ wanted.kind) *
        0x9E3779B97F4A7C15ULL;
    std::uint32_t& slot = slots_[mixed >> 56U];
    if (slot == 0 || !(shapes_[slot - 1] == wanted)) {
      shapes_.push_back(wanted);
      slot = static_cast<std::uint32_t>(shapes_.size());
    }
    return slot - 1;
  }

  void write(protozero::pbf_writer& out) const {
    written_column kind;
    written_column flags;
    written_column loop;
    written_column site;
    for (const written_shape& each : shapes_) {
      kind.add(each.kind);
      flags.add(each.flags);
      loop.add(each.loop);
      site.add(each.site);
    }
    kind.write(out, 2);
    flags.write(out, 3);
    loop.write(out, 4);
    site.write(out, 5);
  }

 private:
  std::array<std::uint32_t, 256> slots_{};  // index + 1, 0 = empty
  std::vector<written_shape> shapes_;
};

}  // namespace

void write_histogram(const histogram& value, std::string& out) {
  written_column index;
  written_column count;
  for (std::size_t i = 0; i < bucket_count; ++i) {
    if (value.buckets[i] == 0) continue;
    index.add(i);
    count.add(value.buckets[i]);
  }
  protozero::pbf_writer fields{out};
  index.write(fields, 1);
  count.write(fields, 2);
  if (value.sum_ns != 0) fields.add_uint64(3, value.sum_ns);
}

void write_tasks(std::span<const task_info> tasks, std::string& out) {
  written_column id;
  written_column site;
  written_column loop;
  written_column state;
  written_column spawned;
  written_column runs;
  written_column busy;
  written_column longest;
  written_column parent;
  written_column ended;
  written_column run_since;
  written_column scheduled;
  written_column suspended_since;
  std::uint64_t previous_id = 0;
  std::uint64_t previous_spawned = 0;
  for (const task_info& each : tasks) {
    const std::uint64_t begin = bits(each.spawned_ns);
    id.add_difference(each.id, previous_id);
    site.add(each.site);
    loop.add(each.loop);
    state.add(static_cast<std::uint64_t>(each.state) | (each.parent != 0 ? task_has_parent : 0) |
              (each.ended_ns != 0 ? task_has_ended : 0) |
              (each.run_since_ns != 0 ? task_has_run_since : 0) |
              (each.suspended_since_ns != 0 ? task_has_suspended_since : 0));
    spawned.add_difference(begin, previous_spawned);
    runs.add(each.runs);
    busy.add(each.busy_ns);
    longest.add(each.longest_ns);
    scheduled.add(each.scheduled_ns);
    if (each.parent != 0) parent.add_difference(each.id, each.parent);
    if (each.ended_ns != 0) ended.add_difference(bits(each.ended_ns), begin);
    if (each.run_since_ns != 0) run_since.add_difference(bits(each.run_since_ns), begin);
    if (each.suspended_since_ns != 0)
      suspended_since.add_difference(bits(each.suspended_since_ns), begin);
    previous_id = each.id;
    previous_spawned = begin;
  }
  protozero::pbf_writer fields{out};
  id.write(fields, 1);
  site.write(fields, 2);
  loop.write(fields, 3);
  state.write(fields, 4);
  spawned.write(fields, 5);
  runs.write(fields, 6);
  busy.write(fields, 7);
  longest.write(fields, 8);
  parent.write(fields, 9);
  ended.write(fields, 10);
  run_since.write(fields, 11);
  scheduled.write(fields, 12);
  suspended_since.write(fields, 13);
}

void write_ids(std::span<const std::uint64_t> ids, std::string& out) {
  std::uint64_t previous = 0;
  for (const std::uint64_t each : ids) {
    protozero::add_varint_to_buffer(
        &out, protozero::encode_zigzag64(static_cast<std::int64_t>(each - previous)));
    previous = each;
  }
}

void write_events(const event_batch& batch, std::string& out) {
  shape_table shapes;
  written_column index;
  written_column time;
  written_column duration;
  written_column delay;
  written_column task;
  written_column operation;
  std::uint64_t previous_end = 0;
  std::uint32_t previous_task = 0;
  std::uint32_t previous_operation = 0;
  for (const event& each : batch.events) {
    index.add(shapes.index_of(shape_of(each)));
    time.add_difference(bits(each.time_ns), previous_end);
    previous_end = bits(each.time_ns) + each.duration_ns;
    if (each.duration_ns != 0) duration.add(each.duration_ns);
    if (each.delay_ns != 0) delay.add(each.delay_ns);
    if (each.task != 0) {
      task.add_difference32(each.task, previous_task);
      previous_task = each.task;
    }
    if (each.operation != 0) {
      operation.add_difference32(each.operation, previous_operation);
      previous_operation = each.operation;
    }
  }
  protozero::pbf_writer fields{out};
  if (batch.thread != 0) fields.add_uint32(1, batch.thread);
  shapes.write(fields);
  index.write(fields, 6);
  time.write(fields, 7);
  duration.write(fields, 8);
  delay.write(fields, 9);
  task.write(fields, 10);
  operation.write(fields, 11);
}

}  // namespace asioscope::schema::wire
