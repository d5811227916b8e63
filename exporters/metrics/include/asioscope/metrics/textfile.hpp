// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/metrics/collector.hpp"

#include <filesystem>
#include <memory>

namespace asioscope::metrics {

/// Our families as a file for the textfile collector of Prometheus' node_exporter: for programs
/// that run now and then on a machine that is scraped anyway, or that may listen on nothing.
///
///     loop.run();
///     asioscope::metrics::textfile("/var/lib/prometheus/node-exporter/nightly.prom").write();
///
/// All files of a machine become one export. So each sample gets the label `program`, the file's
/// name without `.prom`: two programs with a loop "main" would be the same series twice otherwise.
/// And process_* are left out, since there they are node_exporter's own.
///
/// Thread safety: any thread. write() waits for the disk: not in a handler. Errors: the constructor
/// throws std::invalid_argument when the name does not end in `.prom`, which node_exporter would
/// not read. write() throws std::system_error that names the file and what failed; the file is
/// then what it was before.
class textfile {
 public:
  explicit textfile(std::filesystem::path path, collect_options options = {});
  ~textfile();
  textfile(const textfile&) = delete;
  textfile& operator=(const textfile&) = delete;

  /// Replaces the file as a whole, readable by all (mode 0644): whoever reads meanwhile sees the
  /// old one or the new one, and so it is after a crash of the machine.
  void write();

 private:
  struct state;
  std::unique_ptr<state> state_;
};

}  // namespace asioscope::metrics
