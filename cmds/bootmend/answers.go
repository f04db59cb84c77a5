package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/bootmend/bootmend/initramfs/media"
	"github.com/bootmend/bootmend/initramfs/pid1"
	"github.com/bootmend/bootmend/initramfs/pid1/answers"
	"github.com/bootmend/bootmend/initramfs/report"
	"github.com/spf13/cobra"
)

// answersCommand reads answer files: for process 1 of the image, and for people
// who want to know what theirs says.
func answersCommand(ctx context.Context, out, errOut io.Writer, code *int) *cobra.Command {
	var lines string
	cmd := &cobra.Command{
		Use:   "answers [FILE|URL]",
		Short: "Show what an answer file for unattended use says, and what of it is not understood",
		Long: `Shows what an answer file for unattended use says, and what of it is not
understood. Without FILE, the rescue image looks for one: ` + answers.FileName + ` on a CD, floppy or
USB stick with the label ` + media.Label + `, and opt/bootmend/answers of QEMU's fw_cfg.

An option has the name that it has on the kernel command line without "bootmend.":

    mode: auto
    after: poweroff
    report: [serial, "https://example.org/reports"]`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			text, from, err := findAnswers(ctx, args)
			switch {
			case errors.Is(err, answers.ErrNone) && lines != "":
				return os.WriteFile(lines, nil, 0o600)
			case errors.Is(err, answers.ErrNone):
				_, err := fmt.Fprintln(out, "There is no answer file.")
				return err
			case err != nil:
				return fmt.Errorf("answer file %s: %w", from, err)
			}
			settings, warnings, err := answers.Parse(text)
			if err != nil {
				return fmt.Errorf("answer file %s: %w", from, err)
			}
			for _, w := range warnings {
				fmt.Fprintf(errOut, "bootmend: answer file %s: %s\n", from, w)
			}
			if lines != "" {
				fmt.Fprintf(out, "bootmend: answer file %s: %d options\n", from, len(settings))
				return os.WriteFile(lines, []byte(answers.Lines(from, settings, warnings)), 0o600)
			}
			*code, err = showAnswers(out, errOut, from, settings, len(warnings))
			return err
		},
	}
	cmd.Flags().StringVar(&lines, "lines", "", "write the options to this file, one a line, for process 1")
	_ = cmd.Flags().MarkHidden("lines")
	return cmd
}

func findAnswers(ctx context.Context, args []string) (text []byte, from string, err error) {
	if len(args) > 0 {
		text, err = answers.Read(ctx, args[0])
		return text, args[0], err
	}
	if _, err := os.Stat(imageMark); err != nil {
		return nil, "", usageError{errors.New("outside of the rescue image, name the answer file")}
	}
	return answers.Find(media.Devices("/sys", "/dev"), answers.FWConfig)
}

// showAnswers says what each option comes to. The exit code is 11 when something is
// not understood, so that a script can prove its file.
func showAnswers(out, errOut io.Writer, from string, settings []answers.Setting, warned int) (int, error) {
	config := pid1.ParseCmdline("")
	config.Answer(from, settings)
	for _, w := range config.Warnings {
		fmt.Fprintln(errOut, "bootmend:", w)
	}
	for _, s := range settings {
		if _, err := fmt.Fprintf(out, "bootmend.%s=%s\n", s.Option, s.Value); err != nil {
			return 0, err
		}
	}
	if warned+len(config.Warnings) > 0 {
		return report.ExitPerson, nil
	}
	return report.ExitOK, nil
}
