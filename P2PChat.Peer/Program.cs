using P2PChat.Peer;
using P2PChat.ServiceDefaults;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults();
builder.AddPeer(builder.Configuration.GetSection(PeerOptions.Section).Get<PeerOptions>() ?? new PeerOptions());
var app = builder.Build();
app.MapDefaultEndpoints();
app.Run();
