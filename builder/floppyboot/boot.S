# The boot loader of the self-contained floppy: 512 bytes in the boot sector, behind
# the BPB, and some sectors behind that (the reserved sectors of the file system). It
# loads a Linux kernel (bzImage) and an initramfs that lie in one piece each, by the
# BIOS, and starts the kernel. Syslinux would need 178 KiB, which the floppy does not
# have.
#
# A set of two floppies has the end of the initramfs on the second: when the first is
# read, this code looks into both drives again and again until one has a boot sector
# with the mark of the set. Nobody has to press a key.
#
# Source for what the kernel wants: Documentation/x86/boot.rst of Linux.
#
# Memory: 0000:7C00 this code, 1000:0000 the kernel's real mode part with the command
# line at 1000:E000, 2000:0000 a track as the BIOS reads it.

	.code16
	.section .text
	.set	REST, 3			# sectors behind the first
	.globl _start
_start:
	jmp	begin
	nop
	.org	62			# the BPB is put here by the builder
begin:
	cli
	xorw	%ax, %ax
	movw	%ax, %ds
	movw	%ax, %es
	movw	%ax, %ss
	movw	$0x7c00, %sp
	sti
	cld
	movb	%dl, drive
	ljmp	$0, $1f
1:	movw	$hello, %si
	call	say

	# The rest of this code.
	movl	$1, lba
	movw	$REST, %cx
	movw	$0x7e0, %bx
	movw	%bx, %es
	call	read_low
	xorw	%ax, %ax
	movw	%ax, %es
	jmp	stage2

unreadable:
	movw	$bad, %si

# fail says why, waits for a key and lets the BIOS go on.
fail:
	call	say
	xorw	%ax, %ax
	int	$0x16
	int	$0x19

# say prints the text at SI on screen and first serial port.
say:
	lodsb
	testb	%al, %al
	jz	9f
	call	put
	jmp	say
9:	ret

put:
	pushaw
	movb	$0x0e, %ah
	movw	$7, %bx
	int	$0x10
	popaw
	pushaw
	movb	$1, %ah
	xorw	%dx, %dx
	cmpw	$0, 0x400		# no serial port
	je	1f
	int	$0x14
1:	popaw
	ret

# read_low reads CX sectors from lba to ES:0; lba goes on.
read_low:
	call	read_some
	jc	unreadable
	movw	%ax, %bx
	shlw	$5, %bx			# paragraphs
	movw	%es, %dx
	addw	%bx, %dx
	movw	%dx, %es
	subw	%ax, %cx
	ja	read_low
	ret

# read_some reads at most CX sectors, not beyond the track, to ES:0. AX: how many, lba
# goes on. With carry: the drive fails.
read_some:
	pushw	%cx
	movl	lba, %eax
	xorl	%edx, %edx
	movzwl	0x7c18, %ebx		# sectors per track
	divl	%ebx
	movw	%dx, %si		# sector in the track, from 0
	subw	%dx, %bx
	cmpw	%cx, %bx
	jbe	1f
	movw	%cx, %bx
1:	xorl	%edx, %edx
	movzwl	0x7c1a, %ecx		# heads
	divl	%ecx
	movb	%dl, %dh		# head
	movb	drive, %dl
	movb	%al, %ch		# cylinder
	movw	%si, %ax
	incw	%ax
	movb	%al, %cl		# sector, from 1
	movw	$5, %di
2:	pushw	%bx
	movb	%bl, %al
	movb	$2, %ah
	xorw	%bx, %bx
	int	$0x13
	popw	%bx
	jnc	3f
	xorw	%ax, %ax		# reset the drive, try again
	int	$0x13
	decw	%di
	jnz	2b
	popw	%cx
	stc
	ret
3:	movzwl	%bx, %eax
	addl	%eax, lba
	popw	%cx
	clc
	ret

drive:	.byte	0
lba:	.long	0
hello:	.asciz	"\r\nbootmend "
bad:	.asciz	"\r\nThe floppy cannot be read. Press a key.\r\n"

	.org	510
	.word	0xaa55

# From here on loaded by the above. The builder fills in these.
	.globl	params
stage2:
	jmp	go
	.org	516
params:
kernel_lba:	.long	0
kernel_bytes:	.long	0
initrd_lba:	.long	0
initrd_bytes:	.long	0
first_bytes:	.long	0		# of these on this floppy, whole sectors when there are two
second_lba:	.long	0		# of the others on the second
mark:		.space	8, 0		# at the end of the second's boot sector
command_line:	.space	460, 0

go:
	# A20: the BIOS, else the chip set.
	movw	$0x2401, %ax
	int	$0x15
	inb	$0x92, %al
	testb	$2, %al
	jnz	1f
	orb	$2, %al
	andb	$0xfe, %al
	outb	%al, $0x92
1:
	# Where memory ends: above 16 MiB in 64 KiB, else above 1 MiB in 1 KiB.
	xorw	%cx, %cx
	xorw	%dx, %dx
	movw	$0xe801, %ax
	int	$0x15
	jc	2f
	testw	%cx, %cx
	jnz	3f
	movw	%ax, %cx
	movw	%bx, %dx
3:	testw	%dx, %dx
	jz	2f
	movzwl	%dx, %eax
	cmpw	$0x3000, %ax		# no higher than 784 MiB: initrd_addr_max of i386
	jbe	4f
	movl	$0x3000, %eax
4:	shll	$16, %eax
	addl	$0x1000000, %eax
	jmp	5f
2:	movb	$0x88, %ah
	int	$0x15
	movzwl	%ax, %eax
	shll	$10, %eax
	addl	$0x100000, %eax
5:	subl	initrd_bytes, %eax
	andl	$0xfffff000, %eax
	movl	%eax, initrd_at

	# The kernel's real mode part.
	movl	kernel_lba, %eax
	movl	%eax, lba
	movw	$0x1000, %ax
	movw	%ax, %es
	movw	$2, %cx			# its header begins at the end of the first sector
	call	read_low
	movw	$0x1000, %ax
	movw	%ax, %fs
	cmpl	$0x53726448, %fs:0x202	# "HdrS"
	jne	no_kernel
	movzbw	%fs:0x1f1, %cx
	movw	%cx, setup
	decw	%cx
	movw	$0x1040, %ax
	movw	%ax, %es
	call	read_low

	# The rest of it, to 1 MiB.
	movzwl	setup, %eax
	incl	%eax
	shll	$9, %eax
	movl	kernel_bytes, %ecx
	subl	%eax, %ecx
	movl	$0x100000, target
	call	read_high

	movl	initrd_lba, %eax
	movl	%eax, lba
	movl	first_bytes, %ecx
	movl	initrd_at, %eax
	movl	%eax, target
	call	read_high
	cmpl	$0, second_lba
	je	1f
	call	second
	movl	second_lba, %eax
	movl	%eax, lba
	movl	initrd_bytes, %ecx
	subl	first_bytes, %ecx
	call	read_high

1:	movw	$crlf, %si
	call	say
	# Stop the motor: the kernel may never touch the drive.
	movw	$0x3f2, %dx
	movb	$0x0c, %al
	outb	%al, %dx

	# What the kernel wants to know.
	movb	$0xff, %fs:0x210	# a loader without number
	orb	$0x80, %fs:0x211	# there is a heap
	movw	$0xde00, %fs:0x224	# which ends there
	movl	$0x1e000, %fs:0x228	# the command line
	movl	initrd_at, %eax
	movl	%eax, %fs:0x218
	movl	initrd_bytes, %eax
	movl	%eax, %fs:0x21c
	movw	$0x1000, %ax
	movw	%ax, %es
	movw	$command_line, %si
	movw	$0xe000, %di
	movw	$460, %cx
	rep movsb

	cli
	movw	%ax, %ds
	movw	%ax, %fs
	movw	%ax, %gs
	movw	%ax, %ss
	movw	$0xe000, %sp
	ljmp	$0x1020, $0

no_kernel:
	movw	$nokern, %si
	jmp	fail

# read_high reads ECX bytes from lba to the address in target, and shows dots.
read_high:
	pushl	%ecx
	addl	$511, %ecx
	shrl	$9, %ecx		# sectors, fewer than 65536
	movw	$0x2000, %ax
	movw	%ax, %es
	call	read_some
	jc	unreadable
	call	copy
	testb	$7, dots
	jnz	1f
	movb	$'.', %al
	call	put
1:	incb	dots
	popl	%ecx
	movzwl	sectors, %eax
	shll	$9, %eax
	subl	%eax, %ecx
	ja	read_high
	ret

# second waits for the second floppy, in either drive, and says of another that it is none.
second:
	movw	$insert, %si
	call	say
1:	xorb	$1, drive
	movl	$0, lba
	movw	$0x2000, %ax
	movw	%ax, %es
	movw	$1, %cx
	call	read_some
	jc	2f
	movw	$mark, %si
	movw	$502, %di
	movw	$8, %cx
	repe cmpsb
	je	4f
	movw	$0x7c00, %si		# the first one still?
	xorw	%di, %di
	movw	$(drive - _start), %cx
	repe cmpsb
	je	2f
	call	bit
	testb	%al, told
	jnz	3f
	orb	%al, told
	movw	$wrong, %si
	call	say
	jmp	3f
2:	call	bit
	notb	%al
	andb	%al, told
3:	movl	0x46c, %eax		# the BIOS's clock: half a second
5:	hlt
	movl	0x46c, %edx
	subl	%eax, %edx
	cmpl	$9, %edx
	jb	5b
	jmp	1b
4:	ret

# bit is that of the drive in told: 1 or 2.
bit:
	movb	drive, %al
	andb	$1, %al
	incb	%al
	ret

# copy copies AX sectors from 2000:0000 to target, which goes on. For that data
# segments get a limit of 4 GiB, as they have in protected mode; the BIOS may have
# taken it away, so each time anew.
copy:
	movw	%ax, sectors
	cli
	pushw	%ds
	pushw	%es
	lgdt	gdt_pointer
	movl	%cr0, %ebx
	orb	$1, %bl
	movl	%ebx, %cr0
	jmp	1f
1:	movw	$8, %cx
	movw	%cx, %ds
	movw	%cx, %es
	andb	$0xfe, %bl
	movl	%ebx, %cr0
	jmp	2f
2:	xorw	%cx, %cx
	movw	%cx, %ds
	movw	%cx, %es
	movl	$0x20000, %esi
	movl	target, %edi
	movzwl	%ax, %ecx
	shll	$7, %ecx		# longs
	addr32 rep movsl
	movl	%edi, target
	popw	%es
	popw	%ds
	sti
	ret

target:		.long	0
initrd_at:	.long	0
setup:		.word	0
sectors:	.word	0
dots:		.byte	0
told:		.byte	0		# that the floppy in a drive is the wrong one
crlf:		.asciz	"\r\n"
insert:		.asciz	"\r\nInsert floppy 2 of this set; it is noticed by itself. "
wrong:		.asciz	"\r\nThis is not floppy 2 of this set. "
nokern:		.asciz	"\r\nThere is no kernel on this floppy. Press a key.\r\n"
	.balign	8
gdt:	.quad	0, 0x00cf93000000ffff
gdt_pointer:
	.word	15
	.long	gdt
	.org	512 * (1 + REST)
