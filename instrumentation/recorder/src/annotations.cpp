// SPDX-License-Identifier: BSL-1.0
#include "asioscope/recorder/annotations.hpp"

#include "copied_string.hpp"
#include "task_table.hpp"

#include "asioscope/recorder/annotate.hpp"
#include "asioscope/recorder/thread_state.hpp"

#include <algorithm>
#include <cstring>
#include <string_view>
#include <utility>

namespace asioscope {

namespace recorder {

namespace {

constexpr std::size_t longest_trace_id = sizeof annotation_cell::trace_id;
constexpr std::size_t longest_message = 240;
constexpr std::size_t most_scopes = 64;

/// The two members of a scope that others may look at.
struct copied_scope {
  const char* name;
  const scope* outer;
};

/// As long as it lives, readers of the cell know that what they see is half written.
class writing {
 public:
  explicit writing(annotation_cell& cell) noexcept
      : cell_(cell), version_(cell.version.load(std::memory_order_relaxed)) {
    cell_.version.store(version_ + 1, std::memory_order_relaxed);
    std::atomic_thread_fence(std::memory_order_release);
  }
  writing(const writing&) = delete;
  writing& operator=(const writing&) = delete;
  ~writing() { cell_.version.store(version_ + 2, std::memory_order_release); }

 private:
  annotation_cell& cell_;
  std::uint32_t version_;
};

using trace_id_words =
    std::array<std::uint64_t, std::tuple_size_v<decltype(annotation_cell::trace_id)>>;

void write(annotation_cell& cell, const trace_id_words& words) noexcept {
  for (std::size_t i = 0; i < words.size(); ++i)
    cell.trace_id[i].store(words[i], std::memory_order_relaxed);
}

void take_over(annotation_cell& cell, std::uint64_t owner,
               const trace_id_words& words = {}) noexcept {
  const writing now(cell);
  cell.owner.store(owner, std::memory_order_relaxed);
  cell.innermost.store(nullptr, std::memory_order_relaxed);
  write(cell, words);
}

/// The cell of what runs on the calling thread, ready to be written; null: nothing runs.
annotation_cell* cell_to_write(thread_state& thread) noexcept {
  if (thread.depth == 0) return nullptr;
  const task_id task = thread.run.task.load(std::memory_order_relaxed);
  annotation_cell* const cell = task != 0 ? make_task_annotations(task) : &thread.annotations;
  const std::uint64_t owner =
      task != 0 ? task : thread.run.sequence.load(std::memory_order_relaxed);
  if (cell != nullptr && cell->owner.load(std::memory_order_relaxed) != owner)
    take_over(*cell, owner);
  return cell;
}

/// A waiting task is read again when its chain has changed.
void tell_readers(const thread_state& thread) noexcept {
  move_await(find_task(thread.run.task.load(std::memory_order_relaxed)));
}

trace_id_words words_of(const annotation_cell& cell) noexcept {
  trace_id_words words;
  for (std::size_t i = 0; i < words.size(); ++i)
    words[i] = cell.trace_id[i].load(std::memory_order_relaxed);
  return words;
}

std::string text_of(const trace_id_words& words) {
  char text[sizeof words + 1] = {};
  std::memcpy(text, words.data(), sizeof words);
  return text;
}

/// What `look` finds in a cell while it is the owner's and nobody writes it. No more than a few
/// attempts: a program that writes all the time is not worth waiting for.
template <class Result, class Look>
Result unchanged(const annotation_cell& cell, std::uint64_t owner, const Look& look) {
  for (int attempt = 0; attempt < 16; ++attempt) {
    const std::uint32_t version = cell.version.load(std::memory_order_acquire);
    if (version % 2 != 0) continue;
    if (cell.owner.load(std::memory_order_relaxed) != owner) break;
    Result result = look();
    std::atomic_thread_fence(std::memory_order_acquire);
    if (cell.version.load(std::memory_order_relaxed) == version) return result;
  }
  return {};
}

std::vector<std::string> scopes_of(const annotation_cell& cell) {
  std::vector<std::string> names;
  const watchdog::own_memory memory;
  const scope* next = cell.innermost.load(std::memory_order_acquire);
  while (next != nullptr && names.size() < most_scopes) {
    copied_scope copy;
    if (memory.read(reinterpret_cast<std::uintptr_t>(next), &copy, sizeof copy) != sizeof copy)
      break;
    names.push_back(copied_string(memory, reinterpret_cast<std::uintptr_t>(copy.name)));
    next = copy.outer;
  }
  std::reverse(names.begin(), names.end());
  return names;
}

annotations read(const annotation_cell* cell, std::uint64_t owner) {
  if (cell == nullptr) return {};
  return {
      unchanged<std::vector<std::string>>(*cell, owner, [&] { return scopes_of(*cell); }),
      text_of(unchanged<trace_id_words>(*cell, owner, [&] { return words_of(*cell); })),
  };
}

}  // namespace

std::string trace_id_of_run(const thread_state& thread, task_id task) noexcept {
  const annotation_cell* const cell = task != 0 ? task_annotations(task) : &thread.annotations;
  const std::uint64_t owner =
      task != 0 ? task : thread.run.sequence.load(std::memory_order_relaxed);
  if (cell == nullptr || cell->owner.load(std::memory_order_relaxed) != owner) return {};
  try {
    return text_of(words_of(*cell));
  } catch (...) {  // no memory
    return {};
  }
}

annotations annotations_of(task_id task) {
  return task == 0 ? annotations{} : read(task_annotations(task), task);
}

annotations annotations_of(std::uint32_t thread, std::uint64_t run_sequence) {
  annotations result;
  for_each_thread([&](const thread_state& each) {
    if (each.id != thread || each.run.sequence.load(std::memory_order_relaxed) != run_sequence)
      return;
    const task_id task = each.run.task.load(std::memory_order_relaxed);
    result = task != 0 ? annotations_of(task) : read(&each.annotations, run_sequence);
  });
  return result;
}

void inherit_annotations(task_id parent, task_id child) noexcept {
  const annotation_cell* const from = task_annotations(parent);
  if (from == nullptr || from->owner.load(std::memory_order_relaxed) != parent) return;
  const trace_id_words words = words_of(*from);
  if (words[0] == 0) return;
  annotation_cell* const into = make_task_annotations(child);
  if (into == nullptr) return;
  take_over(*into, child, words);
}

}  // namespace recorder

scope::scope(const char* name) noexcept : name_(name) {
  using namespace recorder;
  if (!recording()) return;
  thread_state& thread = this_thread();
  if (tracing()) begin_ = now_ticks();
  cell_ = cell_to_write(thread);
  if (cell_ == nullptr) return;
  owner_ = cell_->owner.load(std::memory_order_relaxed);
  outer_ = cell_->innermost.load(std::memory_order_relaxed);
  // Release: whoever sees this scope sees its members.
  cell_->innermost.store(this, std::memory_order_release);
  tell_readers(thread);
}

scope::~scope() {
  using namespace recorder;
  if (cell_ != nullptr && cell_->owner.load(std::memory_order_relaxed) == owner_) {
    // Its end is also that of its memory: whoever reads in there then must see that it is over.
    const writing now(*cell_);
    const scope* const innermost = cell_->innermost.load(std::memory_order_relaxed);
    if (innermost == this) {
      cell_->innermost.store(outer_, std::memory_order_relaxed);
    } else {
      // Not in the order in which they were entered.
      for (const scope* each = innermost; each != nullptr; each = each->outer_)
        if (each->outer_ == this) const_cast<scope*>(each)->outer_ = outer_;
    }
  }
  if (begin_ == 0 || !tracing()) return;
  thread_state& thread = this_thread();
  tell_readers(thread);
  const ticks duration = now_ticks() - begin_;
  thread.put(
      {begin_,
       pack_head(schema::event_kind::span, 0, thread.run.loop.load(std::memory_order_relaxed),
                 site_of_name(schema::site_kind::scope, name_)),
       pack_duration(duration), thread.run.task.load(std::memory_order_relaxed) & 0xFFFFFFFFU});
}

void message(std::string_view text) noexcept {
  using namespace recorder;
  if (!tracing()) return;
  text = text.substr(0, longest_message);
  thread_state& thread = this_thread();
  constexpr std::size_t in_one = 3 * sizeof(std::uint64_t);
  const std::size_t parts = (text.size() + in_one - 1) / in_one;
  const bool in_run = thread.depth != 0;
  thread.put(
      {now_ticks(),
       pack_head(message_head, static_cast<std::uint8_t>(parts),
                 in_run ? thread.run.loop.load(std::memory_order_relaxed) : other_loop, other_site),
       0, in_run ? thread.run.task.load(std::memory_order_relaxed) & 0xFFFFFFFFU : 0});
  for (; !text.empty(); text.remove_prefix(std::min(in_one, text.size()))) {
    const std::size_t size = std::min(in_one, text.size());
    std::uint64_t words[3] = {};
    std::memcpy(words, text.data(), size);
    thread.put({words[0],
                pack_head(message_text, static_cast<std::uint8_t>(size), other_loop, other_site),
                words[1], words[2]});
  }
}

void set_trace_id(std::string_view id) noexcept {
  using namespace recorder;
  if (!recording()) return;
  thread_state& thread = this_thread();
  annotation_cell* const cell = cell_to_write(thread);
  if (cell == nullptr) return;
  if (id.size() > longest_trace_id) id = {};
  trace_id_words words{};
  if (!id.empty()) std::memcpy(words.data(), id.data(), id.size());
  {
    const writing now(*cell);
    write(*cell, words);
  }
  tell_readers(thread);
}

}  // namespace asioscope
