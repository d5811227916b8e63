// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/core/observer.hpp"

#include <boost/intrusive/list_hook.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace asioscope::core {

/// One figure of a primitive: "available" 3.
struct resource_attribute {
  const char* name;
  double value;
  bool is_total;  ///< only grows: a counter
};

struct resource_wait {
  std::uint64_t task = 0;  ///< the observer's number; 0: not known
  std::chrono::steady_clock::time_point since{};
};

/// A primitive at one moment.
struct resource_description {
  resource_id id = 0;
  resource_kind kind{};
  std::string name;
  std::string state;  ///< of those that have states: "half_open"
  std::vector<resource_attribute> attributes;
  std::size_t waiting = 0;
  std::vector<resource_wait> waiters;  ///< the first of them, in the order in which they are served
  std::vector<resource_wait> holders;  ///< some, of those that know them

  /// So many waiters and holders are named: whoever lists them has the primitive's lock.
  static constexpr std::size_t most_named = 64;

  /// \param waits with size(); in the order in which they will be served
  template <class Waits>
  void wait_for_it(const Waits& waits) {
    waiting += waits.size();
    for (const auto& each : waits) {
      if (waiters.size() == most_named) return;
      waiters.push_back(each.wait());
    }
  }
  void is_held_by(const resource_wait& holder) {
    if (holders.size() < most_named) holders.push_back(holder);
  }
  void gauge(const char* what, double value) { attributes.push_back({what, value, false}); }
  void total(const char* what, double value) { attributes.push_back({what, value, true}); }
};

/// All named primitives of the program, oldest first. Before it returns it calls `meanwhile`, so
/// that what that reads fits to the result: no primitive begins or ends between the two. Thread
/// safety: any thread; no loop runs slower for longer than one primitive takes.
std::vector<resource_description> describe_resources(const std::function<void()>& meanwhile = {});

/// Whether primitives that are made from now on are listed without a name, too: for tests, which
/// want to know who waits and what is left. Returns what was wanted before.
bool list_unnamed_resources(bool wanted) noexcept;

/// The latest: those made later have greater ones.
resource_id last_resource_id();

/// What a primitive is to those who look at it. With a name it is listed as long as it lives.
class resource : public boost::intrusive::list_base_hook<> {
 public:
  resource(const resource&) = delete;
  resource& operator=(const resource&) = delete;

  resource_id id() const noexcept { return id_; }
  const std::string& name() const noexcept { return name_; }

  /// Adds figures, waiters and holders. Any thread: takes the lock of the primitive.
  virtual void describe(resource_description& description) const = 0;

 protected:
  /// \param name empty: nobody hears of it
  resource(resource_kind kind, std::string name);
  ~resource();

  /// The last thing that the constructor of a primitive does.
  void list();
  /// The first thing that its destructor does.
  void unlist() noexcept;

  void happened(const char* what, std::int64_t value = 0) const noexcept {
    if (id_ == 0) return;
    if (observer* const listener = current_observer()) listener->happened(id_, what, value);
  }

 private:
  friend std::vector<resource_description> describe_resources(const std::function<void()>&);
  friend void install_observer(observer*) noexcept;
  resource_description description() const;

  resource_kind kind_;
  resource_id id_;
  std::string name_;
};

}  // namespace asioscope::core
