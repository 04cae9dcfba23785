using P2PChat.Node.Model;

namespace P2PChat.Node.Services.Doctor;

/// <summary>
/// Whether another peer can be reached. The first row that fits is the answer, and the last always fits.
/// </summary>
internal static class PairAnswers
{
    public static IReadOnlyList<Answer<PairView>> All { get; } =
    [
        new(
            DoctorVerdict.Good,
            pair => pair.Reached == PathKind.Lan && !pair.Facts.IsDirectoryReached,
            pair => $"{pair.Name} can be reached on the local network, although the directory cannot be reached."
        ),
        new(
            DoctorVerdict.Good,
            pair => pair.Reached == PathKind.Lan,
            pair => $"{pair.Name} can be reached on the local network."
        ),
        new(
            DoctorVerdict.Good,
            pair => pair.Reached == PathKind.Direct,
            pair => $"{pair.Name} can be reached directly."
        ),
        new(
            DoctorVerdict.Good,
            pair => pair.Reached == PathKind.Punched,
            pair => $"{pair.Name} can be reached directly if both sides connect at the same time (punched)."
        ),
        new(
            DoctorVerdict.Limited,
            pair => pair.Reached == PathKind.Relayed,
            pair =>
                $"{pair.Name} can be reached, but only through the directory's relay. The relay cannot read your "
                + "messages."
        ),
        new(
            DoctorVerdict.Failed,
            pair => pair.State == DoctorPeerState.KeyChanged,
            pair => $"{pair.Name}'s key has changed, so nothing was tried."
        ),
        new(
            DoctorVerdict.Failed,
            pair => pair.State == DoctorPeerState.NotTrusted,
            pair => $"The directory's answer about {pair.Name} cannot be trusted, so nothing was tried."
        ),
        new(
            DoctorVerdict.Failed,
            pair => pair is { State: DoctorPeerState.NotKnown, Facts.Directory.State: DirectoryReachState.Refused },
            pair => $"{pair.Name}'s addresses are not known, because the directory refuses this peer."
        ),
        new(
            DoctorVerdict.Failed,
            pair => pair is { State: DoctorPeerState.NotKnown, Facts.IsDirectoryReached: false },
            pair =>
                $"{pair.Name}'s addresses are not known, because the directory cannot be reached"
                + (pair.Facts.Local.Lan ? $", and {pair.Name} was not found on the local network." : ".")
        ),
        new(
            DoctorVerdict.Unknown,
            pair => pair.State == DoctorPeerState.NotKnown,
            pair => $"The directory did not say where {pair.Name} is. Check again in a moment."
        ),
        new(
            DoctorVerdict.Failed,
            pair => pair.State == DoctorPeerState.Offline,
            pair => $"{pair.Name} is offline: {pair.Name}'s peer is not running, or cannot reach the directory."
        ),
        new(
            DoctorVerdict.Unknown,
            pair => !pair.IsTested,
            pair => $"{pair.Name} is online, but the check ended before every path had been tried."
        ),
        new(DoctorVerdict.Failed, _ => true, pair => $"{pair.Name} is online, but cannot be reached from here."),
    ];
}
