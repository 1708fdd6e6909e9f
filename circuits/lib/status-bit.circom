pragma circom 2.1.6;

include "../../node_modules/circomlib/circuits/bitify.circom";
include "merkle-path.circom";
include "word-bit.circom";

// StatusBit(depth): asserts that a credential isn't revoked: bit `index` of a status list is 0. Yields the list's root, which
// the caller ties to the issuer's registry leaf.
//
// A list is 2^depth raw words of 128 bits. W3C index 128·w + j is the bit of value 2^j of word w. Word number and bit number
// both come from the one decomposition of `index`.
//
// Inputs
//   index             asserted: depth + 7 bits
//   word              asserted: 128 bits, bit index mod 128 is 0
//   siblings[depth]   any field element
// Output
//   root
template StatusBit(depth) {
    signal input index;
    signal input word;
    signal input siblings[depth];
    signal output root;

    signal indexBits[depth + 7] <== Num2Bits(depth + 7)(index);
    signal bitNumber[7];
    signal wordNumber[depth];
    for (var i = 0; i < 7; i++) {
        bitNumber[i] <== indexBits[i];
    }
    for (var i = 0; i < depth; i++) {
        wordNumber[i] <== indexBits[i + 7];
    }

    signal revoked <== WordBit(7)(word, bitNumber);
    revoked === 0;

    root <== MerklePath(depth)(word, wordNumber, siblings);
}
