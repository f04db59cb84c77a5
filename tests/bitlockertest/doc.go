// Package bitlockertest judges package bitlocker by foreign tools and by the real
// volumes that the source of cryptsetup brings along for its own tests: the sums there
// say what is in them, dislocker decrypts what is written.
//
// The volumes are not in this repository. BOOTMEND_BITLK names the folder that holds
// images.conf (builder/bitlk.sh fetches them through apt): most of each was zeroed, so that
// they show keys, ciphers and places, and no file system. Without it the tests that
// need them are skipped and counted.
package bitlockertest
