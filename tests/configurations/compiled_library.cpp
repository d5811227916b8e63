// SPDX-License-Identifier: BSL-1.0
// A library that knows nothing of the hooks and brings Asio's functions compiled.
#include "plain.cpp"  // NOLINT(bugprone-suspicious-include): one unit, so that the linker takes it whole

#include <boost/asio/impl/src.hpp>
