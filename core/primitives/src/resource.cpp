// SPDX-License-Identifier: BSL-1.0
#include "asioscope/core/resource.hpp"

#include <boost/intrusive/list.hpp>

#include <atomic>
#include <mutex>
#include <new>
#include <utility>

namespace asioscope::core {

namespace {

/// Never destroyed: primitives may live longer than the variables of any file.
struct registry {
  std::mutex mutex;
  boost::intrusive::list<resource> resources;
  resource_id last = 0;
  std::atomic<bool> lists_unnamed{false};
};

registry& the_registry() {
  static registry* const instance = new registry;
  return *instance;
}

resource_id id_of(const std::string& name) {
  registry& all = the_registry();
  if (name.empty() && !all.lists_unnamed.load(std::memory_order_relaxed)) return 0;
  const std::lock_guard lock(all.mutex);
  return ++all.last;
}

}  // namespace

resource::resource(resource_kind kind, std::string name)
    : kind_(kind), id_(id_of(name)), name_(std::move(name)) {}

resource::~resource() { unlist(); }

void resource::list() {
  if (id_ == 0) return;
  registry& all = the_registry();
  const std::lock_guard lock(all.mutex);
  all.resources.push_back(*this);
  if (observer* const listener = current_observer()) listener->began(id_, kind_, name_);
}

void resource::unlist() noexcept {
  if (id_ == 0) return;
  registry& all = the_registry();
  const std::lock_guard lock(all.mutex);
  if (!is_linked()) return;
  all.resources.erase(all.resources.iterator_to(*this));
  observer* const listener = current_observer();
  if (listener == nullptr) return;
  try {
    listener->ended(description());
  } catch (const std::bad_alloc&) {  // its last figures are not known then
  }
}

resource_description resource::description() const {
  resource_description result;
  result.id = id_;
  result.kind = kind_;
  result.name = name_;
  describe(result);
  return result;
}

bool list_unnamed_resources(bool wanted) noexcept {
  return the_registry().lists_unnamed.exchange(wanted, std::memory_order_relaxed);
}

resource_id last_resource_id() {
  registry& all = the_registry();
  const std::lock_guard lock(all.mutex);
  return all.last;
}

void install_observer(observer* next) noexcept {
  registry& all = the_registry();
  const std::lock_guard lock(all.mutex);
  detail::installed_observer.store(next, std::memory_order_release);
  if (next == nullptr) return;
  for (const resource& each : all.resources)
    next->began(each.id_, each.kind_, each.name_);
}

std::vector<resource_description> describe_resources(const std::function<void()>& meanwhile) {
  registry& all = the_registry();
  std::vector<resource_description> result;
  const std::lock_guard lock(all.mutex);
  for (const resource& each : all.resources)
    result.push_back(each.description());
  if (meanwhile) meanwhile();
  return result;
}

}  // namespace asioscope::core
