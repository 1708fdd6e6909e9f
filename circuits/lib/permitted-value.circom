pragma circom 2.1.6;

// PermittedValue(n): asserts that `value` is one of n permitted ones, or that the policy leaves it free.
//
// A list with fewer values repeats its last one. The policy's hash fixes that, so no padding slips in a value of its own.
//
// Inputs
//   value          asserted: one of permitted[], if free = 0
//   permitted[n]   any field element
//   free           asserted: 0 or 1
template PermittedValue(n) {
    signal input value;
    signal input permitted[n];
    signal input free;

    free * (free - 1) === 0;

    signal product[n + 1];
    product[0] <== 1 - free;
    for (var i = 0; i < n; i++) {
        product[i + 1] <== product[i] * (value - permitted[i]);
    }
    product[n] === 0;
}
