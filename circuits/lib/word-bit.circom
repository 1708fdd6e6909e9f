pragma circom 2.1.6;

include "../../node_modules/circomlib/circuits/bitify.circom";

// WordBit(k): bit number `index` (the one of value 2^index) of a word of 2^k bits.
//
// Inputs
//   word           asserted: 2^k bits
//   indexBits[i]   assumes bits (the caller decomposed the index); bit 0 is the lowest
// Output
//   out            0 or 1
template WordBit(k) {
    assert(k <= 7);
    var n = 1 << k;
    signal input word;
    signal input indexBits[k];
    signal output out;

    signal wordBits[n] <== Num2Bits(n)(word);

    // A tree of choices: level i halves the candidates by index bit i; its results start at `offset`.
    signal chosen[2 * n - 1];
    for (var j = 0; j < n; j++) {
        chosen[j] <== wordBits[j];
    }
    var offset = 0;
    var width = n;
    for (var i = 0; i < k; i++) {
        for (var j = 0; j < width / 2; j++) {
            chosen[offset + width + j] <== chosen[offset + 2 * j] + indexBits[i] * (chosen[offset + 2 * j + 1] - chosen[offset + 2 * j]);
        }
        offset += width;
        width = width / 2;
    }
    out <== chosen[2 * n - 2];
}
