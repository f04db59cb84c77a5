package pid1

// BitLockerKeysPath is where mkrescue --bitlocker-key puts recovery keys, one a line,
// below the root. The engine tries them and they need not fit.
const BitLockerKeysPath = "etc/bootmend/bitlocker_keys"
