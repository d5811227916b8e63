// SPDX-License-Identifier: BSL-1.0
#include "columns.hpp"
#include "malformed.hpp"

#include <protozero/pbf_reader.hpp>

#include <algorithm>

namespace asioscope::schema::wire {
namespace {

/// The body of a packed field, read from front to back.
class column {
 public:
  /// Takes the field that `in` stands at.
  void assign(protozero::pbf_reader& in) {
    if (assigned_) throw malformed{"a column stands twice in its message"};
    const protozero::data_view body = in.get_view();
    position_ = body.data();
    end_ = position_ + body.size();
    assigned_ = true;
  }

  void assign(std::string_view body) {
    position_ = body.data();
    end_ = position_ + body.size();
  }

  /// How many values are left.
  [[nodiscard]] std::size_t size() const {
    return static_cast<std::size_t>(std::count_if(position_, end_, [](char byte) {
      return (static_cast<unsigned char>(byte) & 0x80U) == 0;  // the last byte of a varint
    }));
  }

  std::uint64_t next() {
    if (position_ == end_) throw malformed{"columns of unequal length"};
    return protozero::decode_varint(&position_, end_);
  }

  std::uint64_t next_difference(std::uint64_t base) {
    return base + static_cast<std::uint64_t>(protozero::decode_zigzag64(next()));
  }

  std::uint32_t next_difference32(std::uint32_t base) {
    return base + static_cast<std::uint32_t>(
                      protozero::decode_zigzag32(static_cast<std::uint32_t>(next())));
  }

  void expect_end() const {
    if (position_ != end_) throw malformed{"columns of unequal length"};
  }

 private:
  const char* position_ = nullptr;
  const char* end_ = nullptr;
  bool assigned_ = false;
};

/// Assigns the columns of one message. `first` is the field of columns[0], the others follow it.
/// A field before `first` that is a number goes to `number`.
template <std::size_t Count, typename Number>
void read_columns(std::string_view body, column (&columns)[Count], protozero::pbf_tag_type first,
                  Number number) {
  protozero::pbf_reader in{body.data(), body.size()};
  while (in.next()) {
    const bool is_column = in.tag() >= first && in.tag() < first + Count &&
                           in.wire_type() == protozero::pbf_wire_type::length_delimited;
    if (is_column) {
      columns[in.tag() - first].assign(in);
    } else if (!number(in)) {
      in.skip();
    }
  }
}

template <std::size_t Count>
void expect_end(const column (&columns)[Count]) {
  for (const column& each : columns)
    each.expect_end();
}

std::int64_t moment(std::uint64_t bits) { return static_cast<std::int64_t>(bits); }

/// What the events of one shape have in common, in an event, and which sparse columns they are in.
struct shape {
  event common;
  std::uint64_t present = 0;
};

std::vector<shape> read_shapes(column& kind, column& flags, column& loop, column& site,
                               budget& memory) {
  const std::size_t count = kind.size();
  memory.charge(count, sizeof(shape));
  std::vector<shape> table(count);
  for (shape& each : table) {
    each.present = kind.next();
    const std::uint64_t known_kind = each.present & event_kind_mask;
    const std::uint64_t known_flags = flags.next();
    if (known_flags > 0xFF) throw malformed{"event flags out of range"};
    each.common.kind = static_cast<event_kind>(known_kind);
    each.common.flags = static_cast<std::uint8_t>(known_flags);
    each.common.loop = static_cast<std::uint32_t>(loop.next());
    each.common.site = static_cast<std::uint32_t>(site.next());
  }
  return table;
}

}  // namespace

void budget::charge(std::size_t count, std::size_t size) {
  if (count > left_ / size) throw malformed{"unfolds to more memory than a message may take"};
  left_ -= count * size;
}

void read_histogram(std::string_view body, histogram& value) {
  enum : std::size_t { index, count, columns_end };
  column columns[columns_end];
  read_columns(body, columns, 1, [&](protozero::pbf_reader& in) {
    if (in.tag_and_type() != protozero::tag_and_type(3, protozero::pbf_wire_type::varint)) {
      return false;
    }
    value.sum_ns = in.get_uint64();
    return true;
  });
  std::size_t lowest = 0;  // the next index may not be below it
  for (std::size_t left = columns[index].size(); left > 0; --left) {
    const std::uint64_t bucket = columns[index].next();
    if (bucket < lowest || bucket >= bucket_count) throw malformed{"bad histogram bucket"};
    value.buckets[bucket] = columns[count].next();
    lowest = bucket + 1;
  }
  expect_end(columns);
}

void read_tasks(std::string_view body, std::vector<task_info>& tasks, budget& memory) {
  enum : std::size_t {
    id,
    site,
    loop,
    state,
    spawned,
    runs,
    busy,
    longest,
    parent,
    ended,
    run_since,
    scheduled,
    suspended_since,
    columns_end
  };
  column columns[columns_end];
  read_columns(body, columns, 1, [](protozero::pbf_reader&) { return false; });

  const std::size_t count = columns[id].size();
  memory.charge(count, sizeof(task_info));
  tasks.reserve(tasks.size() + count);
  std::uint64_t previous_id = 0;
  std::uint64_t previous_spawned = 0;
  for (std::size_t i = 0; i < count; ++i) {
    task_info each;
    each.id = columns[id].next_difference(previous_id);
    each.site = static_cast<std::uint32_t>(columns[site].next());
    each.loop = static_cast<std::uint32_t>(columns[loop].next());
    const std::uint64_t status = columns[state].next();
    const std::uint64_t known_state = status & task_state_mask;
    if (known_state > static_cast<std::uint64_t>(task_state::abandoned)) {
      throw malformed{"unknown task state " + std::to_string(known_state)};
    }
    each.state = static_cast<task_state>(known_state);
    const std::uint64_t begin = columns[spawned].next_difference(previous_spawned);
    each.spawned_ns = moment(begin);
    each.runs = columns[runs].next();
    each.busy_ns = columns[busy].next();
    each.longest_ns = columns[longest].next();
    each.scheduled_ns = columns[scheduled].next();
    if ((status & task_has_parent) != 0) each.parent = each.id - columns[parent].next_difference(0);
    if ((status & task_has_ended) != 0)
      each.ended_ns = moment(columns[ended].next_difference(begin));
    if ((status & task_has_run_since) != 0) {
      each.run_since_ns = moment(columns[run_since].next_difference(begin));
    }
    if ((status & task_has_suspended_since) != 0) {
      each.suspended_since_ns = moment(columns[suspended_since].next_difference(begin));
    }
    previous_id = each.id;
    previous_spawned = begin;
    tasks.push_back(each);
  }
  expect_end(columns);
}

void read_ids(std::string_view body, std::vector<std::uint64_t>& ids, budget& memory) {
  column deltas;
  deltas.assign(body);
  const std::size_t count = deltas.size();
  memory.charge(count, sizeof(std::uint64_t));
  ids.reserve(ids.size() + count);
  std::uint64_t previous = 0;
  for (std::size_t i = 0; i < count; ++i)
    ids.push_back(previous = deltas.next_difference(previous));
  deltas.expect_end();
}

void read_events(std::string_view body, event_batch& batch, budget& memory) {
  enum : std::size_t {
    shape_kind,
    shape_flags,
    shape_loop,
    shape_site,
    index,
    time,
    duration,
    delay,
    task,
    operation,
    columns_end
  };
  column columns[columns_end];
  read_columns(body, columns, 2, [&](protozero::pbf_reader& in) {
    if (in.tag_and_type() != protozero::tag_and_type(1, protozero::pbf_wire_type::varint)) {
      return false;
    }
    batch.thread = in.get_uint32();
    return true;
  });

  const std::vector<shape> shapes = read_shapes(columns[shape_kind], columns[shape_flags],
                                                columns[shape_loop], columns[shape_site], memory);
  const std::size_t count = columns[index].size();
  memory.charge(count, sizeof(event));
  batch.events.reserve(count);
  std::uint64_t previous_end = 0;
  std::uint32_t previous_task = 0;
  std::uint32_t previous_operation = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint64_t which = columns[index].next();
    if (which >= shapes.size()) throw malformed{"event of an unknown shape"};
    const std::uint64_t present = shapes[which].present;
    event& each = batch.events.emplace_back(shapes[which].common);
    const std::uint64_t begin = columns[time].next_difference(previous_end);
    each.time_ns = moment(begin);
    if ((present & event_has_duration) != 0) each.duration_ns = columns[duration].next();
    if ((present & event_has_delay) != 0) each.delay_ns = columns[delay].next();
    if ((present & event_has_task) != 0) {
      each.task = previous_task = columns[task].next_difference32(previous_task);
    }
    if ((present & event_has_operation) != 0) {
      each.operation = previous_operation =
          columns[operation].next_difference32(previous_operation);
    }
    previous_end = begin + each.duration_ns;
  }
  expect_end(columns);
}

}  // namespace asioscope::schema::wire
