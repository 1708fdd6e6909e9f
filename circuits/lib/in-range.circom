pragma circom 2.1.6;

include "fits-bits.circom";

// InRange(n): asserts min <= value <= max, all three integers below 2^n.
//
// Why this is enough: min < 2^n and value - min < 2^n give value < 2^(n+1) as an integer, far from p. So max - value < 2^n
// means that value doesn't exceed max, and hence value < 2^n too.
//
// Inputs
//   min     asserted: n bits
//   value   asserted: min <= value <= max (hence n bits)
//   max     asserted: n bits
template InRange(n) {
    assert(n <= 250);
    signal input min;
    signal input value;
    signal input max;

    FitsBits(n)(min);
    FitsBits(n)(max);
    FitsBits(n)(value - min);
    FitsBits(n)(max - value);
}
