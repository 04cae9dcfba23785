using P2PChat.Node.Model;
using P2PChat.Node.Rooms;
using P2PChat.Protocol.Profiles;
using P2PChat.Protocol.Rooms;

namespace P2PChat.Node.Services;

/// <summary>A picture of a room.</summary>
/// <param name="SetBy">The event that has set it.</param>
public sealed record RoomPicture(ReadOnlyMemory<byte> Bytes, PictureHeader Header, RoomEventId SetBy);

/// <summary>Reads and changes the pictures of rooms. Rooms are named as in <see cref="RoomService"/>.</summary>
public sealed class RoomPictureService
{
    private readonly RoomCommands _commands;
    private readonly LocalChanges _changes;

    internal RoomPictureService(RoomCommands commands, LocalChanges changes) =>
        (_commands, _changes) = (commands, changes);

    /// <returns>Null if there is none, or none that is valid.</returns>
    /// <exception cref="PeerException">There is no such room. The same for all that follow.</exception>
    public RoomPicture? Of(string room) =>
        _commands.Read(room, host =>
            host.Machine is { Picture: { IsEmpty: false } picture, State.Picture: { } setBy }
            && PictureHeader.Read(picture.Span) is { } header
                ? new RoomPicture(picture, header, setBy)
                : null
        );

    /// <summary>Changes the picture for all members.</summary>
    /// <exception cref="PeerException">
    /// The picture is not valid, this user's role does not allow it, or it could not be saved.
    /// </exception>
    public Task SetAsync(string room, ReadOnlyMemory<byte> picture) =>
        PictureProblem.Of(picture.Span, RoomLimits.TextBytes) is { } problem
            ? throw new PeerException(PeerError.BadPicture, problem)
            : ChangeAsync(room, picture);

    /// <summary>Removes the picture for all members.</summary>
    /// <exception cref="PeerException">This user's role does not allow it, or it could not be saved.</exception>
    public Task RemoveAsync(string room) => ChangeAsync(room, picture: default);

    private async Task ChangeAsync(string room, ReadOnlyMemory<byte> picture)
    {
        await _commands.ChangeAsync(room, host =>
        {
            var mayManage = host.Machine.State.RankOf(host.Self) > RoomRole.Member;
            if (mayManage && host.Machine.Picture.Span.SequenceEqual(picture.Span))
            {
                return null;
            }

            // What others have set can be removed, however many they have set.
            if (mayManage && !picture.IsEmpty && !RoomQuota.HasPlaceForPicture(host.Sizes, picture.Length))
            {
                throw RoomRefusals.TooManyPictures();
            }

            var refusal = host.Machine.SetPicture(picture.Span);
            return refusal == RoomRefusal.TooMany ? throw RoomRefusals.TooManyPicturesOfUser() : refusal;
        });
        _changes.Publish();
    }
}
