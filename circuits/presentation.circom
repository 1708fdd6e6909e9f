pragma circom 2.1.6;

include "../node_modules/circomlib/circuits/bitify.circom";
include "lib/credential-message.circom";
include "lib/credential-signature.circom";
include "lib/device-binding.circom";
include "lib/device-pseudonym.circom";
include "lib/in-range.circom";
include "lib/merkle-path.circom";
include "lib/permitted-value.circom";
include "lib/policy-hash.circom";
include "lib/pseudonym.circom";
include "lib/registry-leaf.circom";
include "lib/source-bounds.circom";
include "lib/status-bit.circom";
include "lib/unexpired.circom";

// Presentation(statusDepth, registryDepth): the one statement that is proved, for every claim schema alike.
//
//   I know a secret, a credential and paths such that
//   1. the credential's subject is my pseudonym for its issuer, its binding is mine for its device, and it carries the
//      issuer's signature;
//   2. it hasn't expired at `now`;
//   3. its bit in its status list is 0;
//   4. issuer, key, schema, list, source cap and status root are a leaf under `registryRoot`, and no claim's source exceeds
//      the cap;
//   5. every claim lies within the policy's bounds, and its source is at least the policy's;
//   6. claim 0 is one of the policy's permitted values, or the policy leaves it free;
//   7. `policy` is the hash of that policy; `pseudonym` and `devicePseudonym` are mine for `audience`; `challenge` is bound.
//
// Which instance is compiled, and the order of the public signals, stand in circuits.json.
//
// Public outputs
//   pseudonym                    Poseidon(1, secret, audience)
//   devicePseudonym              Poseidon(2, secret, audience, device)
//
// Public inputs (the verifier chooses or checks each)
//   audience                     any field element; whom this proof is for
//   challenge                    any field element; bound by a constraint of its own, so it can't be exchanged afterwards
//   policy                       asserted: the hash of schema, policyMinSources, policyMin, policyMax, policyAny and policyFree
//   now                          asserted: now <= expiresAt; seconds since the Unix epoch. Assumes 64 bits (the verifier
//                                compares it with its request)
//   registryRoot                 asserted: the root of the registry path
//
// Private inputs: the holder
//   secret                       any field element (the wallet takes 248 bits)
//
// Private inputs: the credential
//   device                       any field element; bound by the signature
//   schema                       any field element; one signal in message, leaf and policy
//   expiresAt                    asserted: 64 bits; seconds since the Unix epoch
//   statusIndex                  asserted: statusDepth + 7 bits (17)
//   list                         asserted: 32 bits; one signal in message and leaf, so that a credential revoked in one list
//                                can't pass through another list of the same issuer
//   claims[8]                    asserted: policyMin <= claim <= policyMax, hence 64 bits
//   sources[8]                   asserted: 2 bits each, policyMinSources <= source <= sourceCap
//   signatureR8[2]               asserted: on the curve
//   signatureS                   asserted: below the subgroup's order
//
// Private inputs: the issuer's registry leaf
//   issuerAudience               any field element; bound by leaf and subject
//   issuerKey[2]                 asserted: on the curve, 8·key isn't the identity. Assumes prime order and uniqueness (the
//                                registry's admission)
//   sourceCap                    asserted: 2 bits
//   statusWord                   asserted: 128 bits, bit statusIndex mod 128 is 0
//   statusSiblings[statusDepth]  any field element; siblings[0] stands beside the word
//   registryIndex                asserted: registryDepth bits (15)
//   registrySiblings[registryDepth]  any field element; siblings[0] stands beside the leaf
//
// Private inputs: the policy
//   policyMinSources[8]          asserted: 2 bits each; bound by `policy`
//   policyMin[8], policyMax[8]   assumes 64 bits each (the verifier's parser); bound by `policy`
//   policyAny[8]                 any field element; bound by `policy`
//   policyFree                   asserted: 0 or 1; 1 leaves claim 0 free. Bound by `policy`
template Presentation(statusDepth, registryDepth) {
    signal input audience;
    signal input challenge;
    signal input policy;
    signal input now;
    signal input registryRoot;

    signal input secret;

    signal input device;
    signal input schema;
    signal input expiresAt;
    signal input statusIndex;
    signal input list;
    signal input claims[8];
    signal input sources[8];
    signal input signatureR8[2];
    signal input signatureS;

    signal input issuerAudience;
    signal input issuerKey[2];
    signal input sourceCap;
    signal input statusWord;
    signal input statusSiblings[statusDepth];
    signal input registryIndex;
    signal input registrySiblings[registryDepth];

    signal input policyMinSources[8];
    signal input policyMin[8];
    signal input policyMax[8];
    signal input policyAny[8];
    signal input policyFree;

    signal output pseudonym;
    signal output devicePseudonym;

    // Each claim's source lies between the policy's least one and the issuer's cap (parts 4 and 5).
    component sourceBounds = SourceBounds(8);
    sourceBounds.sources <== sources;
    sourceBounds.minimums <== policyMinSources;
    sourceBounds.cap <== sourceCap;

    // 1. The credential is mine, and signed.
    signal subject <== Pseudonym()(secret, issuerAudience);
    signal binding <== DeviceBinding()(secret, device);
    signal message <== CredentialMessage()(
        schema, subject, device, binding, expiresAt, statusIndex, list, sourceBounds.packedSources, claims
    );
    CredentialSignature()(issuerKey, signatureR8, signatureS, message);

    // 2. It hasn't expired.
    Unexpired()(now, expiresAt);

    // 3. It isn't revoked in the list that hashes to statusRoot.
    signal statusRoot <== StatusBit(statusDepth)(statusIndex, statusWord, statusSiblings);

    // 4. The registry trusts this issuer and key for this schema and list, up to this source.
    signal leaf <== RegistryLeaf()(issuerAudience, issuerKey, schema, list, sourceCap, statusRoot);
    signal registryIndexBits[registryDepth] <== Num2Bits(registryDepth)(registryIndex);
    signal root <== MerklePath(registryDepth)(leaf, registryIndexBits, registrySiblings);
    root === registryRoot;

    // 5. Every claim lies within its bounds.
    for (var i = 0; i < 8; i++) {
        InRange(64)(policyMin[i], claims[i], policyMax[i]);
    }

    // 6. Claim 0 is a permitted value, or free.
    PermittedValue(8)(claims[0], policyAny, policyFree);

    // 7. That policy is the public one; the pseudonyms are mine for the audience; the challenge is bound.
    signal policyHash <== PolicyHash()(
        schema, sourceBounds.packedMinimums, policyMin, policyMax, policyAny, policyFree
    );
    policyHash === policy;
    pseudonym <== Pseudonym()(secret, audience);
    devicePseudonym <== DevicePseudonym()(secret, audience, device);
    signal challengeSquared <== challenge * challenge;
}
