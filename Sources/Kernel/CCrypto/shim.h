// libcrypto: message digests only (SHA-256 for content hashes).
#pragma once
#include <openssl/evp.h>
