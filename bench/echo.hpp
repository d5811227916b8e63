// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "measure.hpp"

#include <cstdint>
#include <string>

namespace bench {

/// TCP echo, 64 connections, callbacks: CPU time of the server's thread per request. `client`: the
/// program that makes the requests, always built without asioscope.
outcome echo(const std::string& client, long requests);

/// Makes the requests of echo() against 127.0.0.1:port.
void echo_client(std::uint16_t port, long requests);

}  // namespace bench
