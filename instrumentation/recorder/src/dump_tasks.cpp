// SPDX-License-Identifier: BSL-1.0
#include "asioscope/recorder/dump_tasks.hpp"

#include "asioscope/recorder/recorder.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <ostream>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace asioscope {

namespace {

std::string seconds_text(std::int64_t ns) {
  constexpr const char* units[] = {"ns", "us", "ms", "s"};
  double value = static_cast<double>(ns);
  std::size_t unit = 0;
  for (; value >= 1000 && unit < 3; ++unit)
    value /= 1000;
  char text[32];
  std::snprintf(text, sizeof text, "%.*f %s", unit == 0 ? 0 : 1, value, units[unit]);
  return text;
}

const char* text_of(schema::task_state state) {
  return state == schema::task_state::ready     ? "not begun"
         : state == schema::task_state::running ? "running"
                                                : "suspended";
}

std::string_view file_name(std::string_view path) {
  return path.substr(path.find_last_of('/') + 1);  // npos + 1 is 0
}

class task_writer {
 public:
  task_writer(const schema::snapshot& from, std::ostream& out) : from_(from), out_(out) {
    for (const auto& chain : from.await_chains)
      chains_.emplace(chain.task, &chain);
    for (const auto& place : from.places)
      places_.emplace(place.id, &place);
    for (const auto& site : from.sites)
      names_.emplace(site.id, site.name);
    for (const auto& loop : from.loops)
      loops_.emplace(loop.id, loop.name);
    for (const auto& resource : from.resources)
      for (std::size_t i = 0; i < resource.waiters.size(); ++i)
        waits_.emplace(resource.waiters[i].task, place_in_line{&resource, i});
  }

  void write() {
    std::unordered_map<std::uint64_t, const schema::task_info*> live;
    for (const auto& task : from_.tasks)
      if (schema::is_live(task.state)) live.emplace(task.id, &task);
    for (const auto& [id, task] : live)
      children_[live.contains(task->parent) ? task->parent : 0].push_back(task);
    out_ << live.size() << (live.size() == 1 ? " live task\n" : " live tasks\n");
    // Not recursive: every task may have spawned the next one.
    std::vector<std::pair<const schema::task_info*, std::size_t>> left;
    put_children(0, 0, left);
    while (!left.empty()) {
      const auto [task, depth] = left.back();
      left.pop_back();
      write_task(*task, depth);
      put_children(task->id, depth + 1, left);
    }
  }

 private:
  /// The oldest on top.
  void put_children(std::uint64_t parent, std::size_t depth,
                    std::vector<std::pair<const schema::task_info*, std::size_t>>& left) {
    const auto found = children_.find(parent);
    if (found == children_.end()) return;
    auto& tasks = found->second;
    std::sort(tasks.begin(), tasks.end(), [](const auto* a, const auto* b) {
      return std::pair(a->spawned_ns, a->id) > std::pair(b->spawned_ns, b->id);
    });
    for (const auto* const task : tasks)
      left.emplace_back(task, depth);
  }

  void write_task(const schema::task_info& task, std::size_t depth) {
    constexpr std::size_t deepest = 20;
    const std::string indent(std::min(depth, deepest) * 4, ' ');
    out_ << indent << name_in(names_, task.site) << "  (task " << task.id << ", "
         << text_of(task.state) << ", age "
         << seconds_text(std::max<std::int64_t>(from_.time.monotonic_ns - task.spawned_ns, 0))
         << ", " << task.runs << (task.runs == 1 ? " run" : " runs") << ", busy "
         << seconds_text(static_cast<std::int64_t>(task.busy_ns)) << ", scheduled "
         << seconds_text(static_cast<std::int64_t>(task.scheduled_ns)) << ", loop "
         << name_in(loops_, task.loop) << ")\n";
    const auto chain = chains_.find(task.id);
    if (chain == chains_.end()) {  // the hooks are not in effect
      if (waits_.contains(task.id)) out_ << indent << "  " << wait_of(task, {}) << '\n';
      return;
    }
    const auto& places = chain->second->places;
    for (std::size_t i = places.size(); i-- > 0;) {
      out_ << indent << "  ";
      write_place(places[i]);
      if (i == 0 && task.state == schema::task_state::suspended) {
        const std::string what = wait_of(task, chain->second->operation);
        if (!what.empty()) out_ << ", " << what;
      }
      out_ << '\n';
    }
    write_annotations(*chain->second, indent);
  }

  /// "waiting for resource_pool db, place 2 of 5, for 3.2 s".
  [[nodiscard]] std::string wait_of(const schema::task_info& task,
                                    const std::string& operation) const {
    const auto found = waits_.find(task.id);
    if (found == waits_.end())
      return operation.empty() ? "" : "waiting for " + operation + since(task.suspended_since_ns);
    const auto& [resource, place] = found->second;
    return "waiting for " + resource->kind + ' ' + resource->name + ", place " +
           std::to_string(place + 1) + " of " + std::to_string(resource->waiting) +
           since(resource->waiters[place].since_ns);
  }

  /// ", for 3.2 s".
  [[nodiscard]] std::string since(std::int64_t moment_ns) const {
    if (moment_ns == 0) return {};
    return ", for " + seconds_text(std::max<std::int64_t>(from_.time.monotonic_ns - moment_ns, 0));
  }

  void write_annotations(const schema::await_chain& chain, const std::string& indent) {
    if (!chain.scopes.empty()) {
      out_ << indent << "  in scope";
      for (const std::string& each : chain.scopes)
        out_ << (&each == &chain.scopes.front() ? " " : " > ") << each;
      out_ << '\n';
    }
    if (!chain.trace_id.empty()) out_ << indent << "  trace " << chain.trace_id << '\n';
  }

  void write_place(std::uint64_t id) {
    const auto found = places_.find(id);
    if (found == places_.end()) return;
    const schema::await_place& place = *found->second;
    out_ << (place.function.empty() ? "?" : place.function);
    if (!place.file.empty()) out_ << " at " << file_name(place.file) << ':' << place.line;
  }

  struct place_in_line {
    const schema::resource_info* resource;
    std::size_t place;
  };

  static std::string_view name_in(const std::unordered_map<std::uint64_t, std::string_view>& names,
                                  std::uint64_t id) {
    const auto found = names.find(id);
    return found == names.end() ? "?" : found->second;
  }

  const schema::snapshot& from_;
  std::ostream& out_;
  std::unordered_map<std::uint64_t, const schema::await_chain*> chains_;
  std::unordered_map<std::uint64_t, const schema::await_place*> places_;
  std::unordered_map<std::uint64_t, std::string_view> names_;
  std::unordered_map<std::uint64_t, std::string_view> loops_;
  std::unordered_map<std::uint64_t, std::vector<const schema::task_info*>> children_;
  std::unordered_map<std::uint64_t, place_in_line> waits_;  // by task
};

}  // namespace

void recorder::write_tasks(const schema::snapshot& from, std::ostream& out) {
  task_writer(from, out).write();
}

void dump_tasks(std::ostream& out) {
  auto now = recorder::take_snapshot();
  recorder::await_lister().add_to(now);
  recorder::write_tasks(now, out);
}

}  // namespace asioscope
