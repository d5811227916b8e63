// SPDX-License-Identifier: BSL-1.0
#include "clock.hpp"
#include "registry.hpp"

#include "asioscope/recorder/recorder.hpp"
#include "asioscope/recorder/redaction.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <unordered_map>
#include <utility>

namespace asioscope::recorder {

namespace {

struct position {
  std::uint64_t next = 0;    // index of the event to be read next
  std::int64_t last_ns = 0;  // time of the last event read
  schema::text_message unfinished;
  unsigned missing = 0;  // so many entries with its text are still to come
};

schema::event unpack(const event_ring<>::words& w, const tick_converter& convert) {
  schema::event e;
  e.kind = static_cast<schema::event_kind>(w[1] & 0xFF);
  e.flags = static_cast<std::uint8_t>(w[1] >> 8);
  e.loop = static_cast<std::uint32_t>(w[1] >> 16 & 0xFFFF);
  e.site = static_cast<std::uint32_t>(w[1] >> 32);
  e.time_ns = convert(w[0]);
  e.duration_ns = to_nanoseconds(unpack_duration(static_cast<std::uint32_t>(w[2])));
  e.delay_ns = to_nanoseconds(unpack_duration(static_cast<std::uint32_t>(w[2] >> 32)));
  e.task = static_cast<std::uint32_t>(w[3]);
  e.operation = static_cast<std::uint32_t>(w[3] >> 32);
  return e;
}

/// Takes the entries that are no events; false: it is one.
bool take_message(const event_ring<>::words& w, std::uint32_t thread, const tick_converter& convert,
                  position& p, std::vector<schema::text_message>& out) {
  const auto kind = static_cast<schema::event_kind>(w[1] & 0xFF);
  const auto count = static_cast<unsigned>(w[1] >> 8 & 0xFF);
  if (kind == message_head) {
    p.unfinished = {thread,
                    convert(w[0]),
                    static_cast<std::uint32_t>(w[1] >> 16 & 0xFFFF),
                    static_cast<std::uint32_t>(w[3]),
                    {}};
    p.missing = count;
    if (count == 0) out.push_back(std::move(p.unfinished));
    return true;
  }
  if (kind != message_text) return false;
  if (p.missing == 0) return true;  // its beginning was lost
  std::array<char, 24> text;
  std::memcpy(text.data(), &w[0], 8);
  std::memcpy(text.data() + 8, &w[2], 16);
  p.unfinished.text.append(text.data(), std::min<std::size_t>(count, text.size()));
  if (--p.missing == 0) out.push_back(std::move(p.unfinished));
  return true;
}

}  // namespace

struct event_reader::state {
  std::unordered_map<std::uint32_t, position> positions;  // by thread
  std::vector<event_ring<>::words> buffer;

  /// The ring is gone, unread.
  void give_up(const registry::ended_ring& ended, const tick_converter& convert, schema::trace& out,
               registry& r) {
    position& p = positions[ended.thread];
    if (p.next >= ended.head) return;
    out.gaps.push_back({ended.thread, ended.head - p.next, p.last_ns, convert(now_ticks())});
    r.events_lost += ended.head - p.next;
    p.next = ended.head;
  }

  void read(std::uint32_t thread, const event_ring<>& ring, const tick_converter& convert,
            schema::trace& out, std::size_t& limit, registry& r) {
    position& p = positions[thread];
    buffer.clear();
    const auto got = ring.read(p.next, limit, buffer);
    p.next = got.first + buffer.size();
    limit -= buffer.size();
    schema::event_batch batch{thread, {}};
    batch.events.reserve(buffer.size());
    if (got.lost != 0) p.missing = 0;
    for (const auto& words : buffer) {
      if (take_message(words, thread, convert, p, out.messages)) continue;
      schema::event e = unpack(words, convert);
      e.site = e.site < r.sites.size() ? r.sites[e.site].canonical : other_site;
      batch.events.push_back(e);
    }
    if (got.lost != 0) {
      const std::int64_t to =
          batch.events.empty() ? convert(now_ticks()) : batch.events.front().time_ns;
      out.gaps.push_back({thread, got.lost, p.last_ns, to});
      r.events_lost += got.lost;
    }
    if (batch.events.empty()) return;
    p.last_ns = batch.events.back().time_ns;
    out.batches.push_back(std::move(batch));
  }
};

event_reader::event_reader() : state_(new state) {
  registry& r = the_registry();
  const std::lock_guard lock(r.mutex);
  ++r.readers;
  for (const auto& ended : r.ended_rings)
    state_->positions[ended.thread].next = ended.head;
  for (const thread_state* const t : r.threads)
    if (const event_ring<>* const ring = t->ring.load(std::memory_order_acquire))
      state_->positions[t->id].next = ring->head();
}

event_reader::~event_reader() {
  if (state_ == nullptr) return;
  registry& r = the_registry();
  const std::lock_guard lock(r.mutex);
  if (--r.readers == 0) r.ended_rings.clear();
  delete state_;
}

event_reader::event_reader(event_reader&& other) noexcept
    : state_(std::exchange(other.state_, nullptr)) {}

event_reader& event_reader::operator=(event_reader&& other) noexcept {
  std::swap(state_, other.state_);
  return *this;
}

void event_reader::read(schema::trace& out, std::size_t limit) {
  const tick_converter convert = current_converter();
  registry& r = the_registry();
  std::size_t left = limit;
  const auto known = static_cast<std::ptrdiff_t>(out.messages.size());
  // The lock is held for a little at a time: a thread that starts or ends waits for it.
  std::vector<std::uint32_t> threads;
  {
    const std::lock_guard lock(r.mutex);
    for (const auto& ended : r.ended_rings) {
      if (ended.ring)
        state_->read(ended.thread, *ended.ring, convert, out, left, r);
      else
        state_->give_up(ended, convert, out, r);
    }
    for (const thread_state* const t : r.threads)
      threads.push_back(t->id);
  }
  for (const std::uint32_t id : threads) {
    while (left > 0) {
      const std::lock_guard lock(r.mutex);
      const auto t = std::find_if(r.threads.begin(), r.threads.end(),
                                  [&](const thread_state* s) { return s->id == id; });
      if (t == r.threads.end()) break;
      const event_ring<>* const ring = (*t)->ring.load(std::memory_order_acquire);
      if (ring == nullptr) break;
      constexpr std::size_t at_a_time = 4096;
      std::size_t some = std::min(left, at_a_time);
      const std::size_t wanted = some;
      state_->read(id, *ring, convert, out, some, r);
      left -= wanted - some;
      if (some > 0) break;  // there was less than was asked for
    }
  }
  // Calls a function of the program: not with the lock held.
  std::for_each(out.messages.begin() + known, out.messages.end(),
                [](schema::text_message& each) { each.text = redact(std::move(each.text)); });
}

}  // namespace asioscope::recorder
