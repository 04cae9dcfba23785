using P2PChat.Peer.Hosting;

return await PeerMain.RunAsync(args);
