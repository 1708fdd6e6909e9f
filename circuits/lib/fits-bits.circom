pragma circom 2.1.6;

include "../../node_modules/circomlib/circuits/bitify.circom";

// FitsBits(n): asserts that `in` is an integer below 2^n.
//
// n is at most 252, so that no second decomposition (of in + p) exists.
//
// Inputs
//   in   asserted: in < 2^n
template FitsBits(n) {
    assert(n <= 252);
    signal input in;

    _ <== Num2Bits(n)(in);
}
