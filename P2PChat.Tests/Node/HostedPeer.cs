using Microsoft.Extensions.DependencyInjection;
using P2PChat.Node.Identity;
using P2PChat.Node.Links;
using P2PChat.Node.Model;
using P2PChat.Node.Services;
using P2PChat.Protocol.Identity;

namespace P2PChat.Tests.Node;

/// <summary>The services of a peer that runs in this process.</summary>
internal abstract class HostedPeer
{
    public abstract IServiceProvider Services { get; }

    public StatusService StatusService => Get<StatusService>();

    public PeerStatus Status => StatusService.Current;

    internal PeerListener Listener => Get<PeerListener>();

    public EventLog Events => Get<EventLog>();

    public ConnectionService Connections => Get<ConnectionService>();

    public MessageService Messages => Get<MessageService>();

    public TimerService Timers => Get<TimerService>();

    public ChatMarkService ChatMarks => Get<ChatMarkService>();

    public ContactService Contacts => Get<ContactService>();

    public InviteService Invites => Get<InviteService>();

    public DoctorService Doctor => Get<DoctorService>();

    public ProfileService Profiles => Get<ProfileService>();

    public RoomService Rooms => Get<RoomService>();

    public RoomLinkService RoomLinks => Get<RoomLinkService>();

    public RoomMessageService RoomMessages => Get<RoomMessageService>();

    public RoomSearchService RoomSearch => Get<RoomSearchService>();

    public RoomPictureService RoomPictures => Get<RoomPictureService>();

    public RoomMarkService RoomMarks => Get<RoomMarkService>();

    public RoomInfoService RoomInfos => Get<RoomInfoService>();

    public RoomHistoryService RoomHistory => Get<RoomHistoryService>();

    public SettingsService Settings => Get<SettingsService>();

    public PresenceService Presence => Get<PresenceService>();

    public BackupService Backups => Get<BackupService>();

    public Contacts StoredContacts => Get<Contacts>();

    /// <summary>The names of the peers whose requests are open.</summary>
    public IReadOnlyList<Username> OpenRequests => [.. Connections.Requests.Select(request => request.From)];

    protected T Get<T>()
        where T : notnull => Services.GetRequiredService<T>();
}
