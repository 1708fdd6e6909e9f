pragma circom 2.1.6;

include "fits-bits.circom";

// Unexpired(): asserts now <= expiresAt, both whole seconds below 2^64. A credential is still good in the second in which it
// expires.
//
// Inputs
//   now         assumes 64 bits (the verifier compares it with its request)
//   expiresAt   asserted: 64 bits, now <= expiresAt
template Unexpired() {
    signal input now;
    signal input expiresAt;

    FitsBits(64)(expiresAt);
    FitsBits(64)(expiresAt - now);
}
