// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/schema/announcement.hpp"

#include <ostream>
#include <span>

namespace asioscope::viewer {

/// Writes what Prometheus' file_sd reads: one group of targets for each program, with the label
/// `program`. No process ids: each restart would begin new series. Unix sockets are left out, since
/// Prometheus cannot scrape them; a program that listens on all addresses is scraped by the
/// loopback.
void write_file_sd(std::span<const schema::announcement> programs, std::ostream& out);

}  // namespace asioscope::viewer
