"""Headlines as the trade writes them, and the topics that the shipped lexicon gives."""

import pytest

from tests.stories.builders import built_in

STATED = """
Nissan unveils redesigned Sakura with longer range|ev product
日産、新型「サクラ」を公開　航続220km|ev product
Isuzu and Tata explore joint venture for pickups|mergers_alliances commercial_vehicle
Renesas halts fab after power failure|production supply_chain
豊田通商、アルゼンチンのリチウム15年契約|battery supply_chain
Detroit fumes as Japan gets 15% rate on cars|tariffs_trade
Lutnick says Tokyo will open its market to American pickups|tariffs_trade
Ishiba says he can't accept 25% duty on autos|tariffs_trade
Trump signs order cutting Japan auto levy to 15% from Sept. 16|tariffs_trade
Steel duty doubles; Japanese exporters fret over car parts|tariffs_trade
Seoul's 15% deal puts Hyundai level with Toyota|tariffs_trade
Mexico slaps 50% on Chinese cars; Japan spared|tariffs_trade
米、日本車への関税を15%に引き下げ 16日から適用|tariffs_trade
自工会会長「下げられた15%でも影響は大きい」|tariffs_trade
マツダ、米国向け値上げせず 関税コストは原価改善で吸収|tariffs_trade
インドと日本、EPA見直しで大筋合意 自動車部品の関税撤廃|tariffs_trade
トヨタ、今期純利益25%減の3.57兆円 円高と関税で|earnings tariffs_trade
カムリ、逆輸入で復活 米ケンタッキー製|product tariffs_trade
Toyota Industries accepts $33bn buyout from Toyota group|mergers_alliances
Nissan sells down Renault holding to fund new models|mergers_alliances
Renault swallows $11 billion hit on Nissan stake|earnings mergers_alliances
Honda and Nissan put merger plan in the bin|mergers_alliances
Honda snaps up Hitachi's remaining interest in Astemo|mergers_alliances
Suzuki takes minority position in flying-car developer SkyDrive|mergers_alliances
Denso drops bid for Rohm|mergers_alliances
ホンダ、日産との統合協議を打ち切り|mergers_alliances
豊田織機のTOB成立 トヨタグループで非上場化へ|mergers_alliances
アイシン、デンソー株を売却し持ち合い縮小|mergers_alliances
ホンダ、日立からアステモ株取得 連結子会社に|mergers_alliances
日産と三菱自、米国で車を相互融通|mergers_alliances
デンソー、ロームへの買収提案を取り下げ|mergers_alliances
三菱自、ホンダ・日産連合に合流せず|mergers_alliances
Foxtron to supply EVs to Mitsubishi Motors for Oceania|ev mergers_alliances
Subaru's Solterra and Toyota's bZ get more range for 2026|ev product
Mazda delays first homegrown EV to 2029|ev
Lexus LFA returns as electric concept|ev product
Toyota HiAce turns electric in concept form|commercial_vehicle ev product
Ford books $19.5 billion in EV charges, kills Lightning|earnings ev product
Foxconn's EV arm names ex-Nissan Seki as strategist|ev leadership
EU、中国製EVの追加関税に代え最低価格で合意|ev tariffs_trade
トヨタとスズキ、EVの相互供給を拡大|ev mergers_alliances
日産、新型リーフを10月発売 航続702キロ|ev product
マツダ、自社開発EVの投入を29年に延期|ev
鴻海と三菱ふそう、EVバスの新会社 富山で生産|commercial_vehicle ev mergers_alliances production
EV補助金、トヨタ車を130万円に増額 日産は据え置き|ev policy_regulation
トヨタ『カローラ』次期型、BEVもHEVも…コンセプト公開|ev hybrid product
Brussels mulls quota on Chinese plug-ins|hybrid tariffs_trade
Toyota ties up with Saudi Aramco on synthetic fuel|hybrid mergers_alliances
Honda slashes 2030 EV target, leans on gas-electric cars|ev hybrid
Hybrids outnumber petrol cars in Honda's US mix for first time|hybrid sales_market
Toyota to phase out gas-only RAV4|hybrid product
Mazda readies in-house hybrid for next CX-5|hybrid product
Nissan brings E-Power to Rogue in late 2026|hybrid product
ホンダ、次世代HVシステムで燃費1割改善 中大型車に|hybrid
マツダ、ロータリーの発電エンジンを再び|hybrid
スズキ、軽にスーパーエネチャージ搭載|hybrid
トヨタ・スバル・マツダ、新型エンジンの開発で共闘宣言|hybrid mergers_alliances
トヨタ、ノア/ヴォクシーをHV専用に 値上げも|hybrid product
【試乗】新型RAV4 PHEV、電池走行150キロ|hybrid product
マツダが「ビジョンXクーペ」 ロータリーPHEVで510馬力|hybrid product
Subaru joins Panasonic on Gunma cell factory|battery mergers_alliances production
Idemitsu starts building lithium sulfide facility in Chiba|battery production
Toyota's North Carolina cell works begins shipping|battery production
Nissan rolls out pilot line for solid-state cells in Yokohama|battery
Nissan, SK On sign $661 million cell supply pact|battery mergers_alliances
CATL's Naxtra sodium packs to hit roads this year|battery
Hyundai's Georgia battery site loses 475 workers in visa raid|battery labor
トヨタ、福岡のEV電池工場の着工を再延期|battery ev production
日産、全固体電池の試作ラインを公開 横浜|battery
三菱自水島、軽EV停止1カ月 電池調達遅れ|battery ev production supply_chain
パナソニック、EV電池の北米計画を後ろ倒し|battery ev
スズキ、印電池会社に追加資本|battery mergers_alliances
パナソニックHD、マツダ向け円筒形を延期|battery
日本ガイシ、NAS電池から撤退|battery restructuring
Toyota and BMW's fuel-cell tie yields iX5 for showrooms in 2028|hydrogen mergers_alliances product
Honda halves fuel-cell module factory in Moka|hydrogen production
Isuzu, Honda road-test Giga Fuel Cell big rig|commercial_vehicle hydrogen
Isuzu and Toyota to build fuel-cell city bus|commercial_vehicle hydrogen mergers_alliances
Toyota must face claims over Mirai refuelling, judge rules|compliance_legal hydrogen
Fuso shows hydrogen truck pair at JMS|commercial_vehicle hydrogen
トヨタ、第3世代FCシステムを発表 商用に照準|commercial_vehicle hydrogen
水素ステーション閉鎖相次ぐ FCV低迷で|hydrogen
ホンダ、燃料電池の外販へ 栃木の新工場は規模半減|hydrogen production
トヨタ、スーパーフォーミュラに液体水素車両|hydrogen motorsport
トヨタ、MIRAI後継を27年末に|hydrogen product
Toyota calls back a million SUVs over blank backup screens|recall_safety
Honda Pilot brake pedals can slip; 259,000 to be fixed|recall_safety
Nissan Rogue engines may seize, feds say|recall_safety
U.S. opens inquiry into Subaru EyeSight|autonomous_software recall_safety
Mazda3 seat belts flunk, 60,000 affected|recall_safety
Takata toll hits 28 as Honda issues do-not-drive order|recall_safety
Tesla doors trap occupants, regulators look deeper|recall_safety
トヨタ、プリウスなど13万台リコール 走行中にドア開く恐れ|recall_safety
ホンダ、N-BOX 14万台の改善対策届け出|recall_safety
日産ノート、ブレーキ不具合で届け出|recall_safety
国交省にリコール届け スズキ・スペーシア62万台|recall_safety
スバル、電動パワステ不具合で8万台回収へ|recall_safety
死亡事故のタカタ製エアバッグ、未改修3万台に警告|recall_safety
三菱自、デリカD:5の後部座席に不具合 販売停止|recall_safety
Hino reaches $1.6 billion deal to end US emissions case|compliance_legal
Daihatsu cheated on crash checks for three decades, panel finds|compliance_legal
JFTC orders Toyota parts arm to reimburse suppliers|compliance_legal supply_chain
Nidec auditors refuse to sign off on accounts|compliance_legal earnings
Honda coughs up $70 million for late warranty reports|compliance_legal
California jury awards $176m over Toyota 86 fatality|compliance_legal
Ghosn files $1bn claim against Nissan|compliance_legal
ダイハツ、全車種の出荷停止 第三者委「174件の不正」|compliance_legal production
豊田織機のエンジン認証、国交省が取り消し|compliance_legal
ニデック株、東証が特別注意銘柄に 内部管理に不備|compliance_legal
スズキ、燃費試験で虚偽 国が是正命令|compliance_legal
トヨタなど5社に立ち入り、型式指定の不正申請で|compliance_legal
いすゞ系に排除措置命令|compliance_legal
Subaru counts $2.5 billion blow from levies|earnings tariffs_trade
Honda first-quarter net halves on weak dollar, duties|earnings tariffs_trade
Suzuki pockets record quarter on rupee and SUVs|earnings
Moody's knocks Nissan deeper into junk|earnings
Nissan taps bond investors for $4.5 billion|earnings
Mazda slides into the red in April-June|earnings
Isuzu to buy back up to 4% of shares|earnings
スバル、関税影響で2000億円の減益要因|earnings tariffs_trade
日産、仏ルノー株5%を売却へ 新車開発の資金に|earnings mergers_alliances
ホンダ、EV「0シリーズ」開発中止 最大2.5兆円の損失|earnings ev product
日産の4〜9月期、2219億円の最終赤字|earnings
ホンダ、上場来初の通期赤字へ|earnings
マツダ、通期見通し据え置き 純利益82%減|earnings
スズキ、年間配当45円に増配|earnings
Japan's EV share slips below 2% even as BYD digs in|ev sales_market
Hyundai's Inster finds few takers in Tokyo|ev sales_market
Toyota holds global crown for sixth straight year|sales_market
Honda's China deliveries crater by a third|sales_market
Nissan falls out of Japan's top three|sales_market
Suzuki outsells Nissan at home for first time since 1957|sales_market
対米自動車輸出額、3カ月連続2桁減 単価下落で関税吸収か|sales_market tariffs_trade
EV販売比率、9月は1.6%に低下|ev sales_market
5月の新車登録、3.7%増 5カ月連続プラス|sales_market
N-BOX、10月の新車販売で首位奪還|sales_market
トヨタの世界販売、上期として過去最高|sales_market
ホンダ、中国で前年割れ20カ月|sales_market
米新車販売、7〜9月6%増 駆け込みで|sales_market
Mazda pauses Canada-bound output at Alabama plant as trade spat bites|production tariffs_trade
Mitsubishi Motors in talks to borrow Nissan plant for U.S. pickup|mergers_alliances production
Panasonic Energy delays full ramp of De Soto factory as Tesla cools|battery production
Mazda's Alabama venture adds second shift|production
Suzuki to spend $4bn on second Gujarat factory|production
Toyota restarts 14 domestic lines after glitch|production
Toyota breaks ground on first Japanese factory in a decade|production
日産、カナダ向けの米国生産を停止 報復関税で|production tariffs_trade
スバル、EV専用工場を見直し ハイブリッドと混流に|ev hybrid production
パナエナジー、米カンザスで電池の量産開始|battery production
GSユアサとホンダ、滋賀の蓄電池工場に4000億円|battery production
AESC、茨城工場で生産開始 日産・ホンダ向け|battery production
トヨタ9月の世界生産11%増|production
トヨタ、国内14工場の稼働を停止 システム不具合で|production
Nissan axes 20,000 jobs, seven plants in Espinosa's reset|production restructuring
Nissan to unload its Yokohama home for 97 billion yen|restructuring
Mitsubishi Motors bows out of China for good|restructuring
Honda offers buyouts to Guangzhou workers|restructuring
Nissan pulls back from Argentina|restructuring
Yamaha Motor scraps e-bike drive unit arm|restructuring
Hino to hand off Indonesian passenger line amid slimming down|restructuring
マツダ、円筒形電池の岩国工場を縮小|battery production restructuring
日産追浜工場、27年度末で車両生産終了 九州に統合|production restructuring
日産、メキシコ・シバック工場閉鎖へ 60年の歴史に幕|production restructuring
日産、希望退職に国内事務系数百人|restructuring
三菱自、中国エンジン合弁からも撤退|mergers_alliances restructuring
ホンダ、中国で従業員の希望退職募集|restructuring
スズキ、タイ工場を25年末閉鎖|production restructuring
China tightens grip on rare earth exports, rattling Japanese parts makers|supply_chain tariffs_trade
Denso can't keep up with hybrid inverter orders|hybrid supply_chain
Honda idles Celaya for lack of Nexperia parts|production supply_chain
First Brands' fall exposes Japanese lenders and parts makers|supply_chain
Toyota tells tier-2s: hold three months of chips|supply_chain
Hormuz shutdown strands car carriers|supply_chain
Chuo Spring explosion halts Toyota lines again|production supply_chain
中国、対日輸出規制を強化 デュアルユース品、車部品に波紋|supply_chain tariffs_trade
トヨタ、HV用モーターが不足 供給追いつかず|hybrid supply_chain
デンソー、車載AI半導体を内製|autonomous_software supply_chain
公取委、日産に勧告 下請け代金30億円減額|compliance_legal supply_chain
トヨタ子会社が下請け法違反 金型を無償保管|compliance_legal supply_chain
ホンダ、北米減産を通常に戻す 半導体の調達にめど|production supply_chain
半導体ネクスペリア、出荷停止 自動車各社に通知|supply_chain
Elliott tells Toyota to sweeten Toyota Industries offer|leadership mergers_alliances
Toyota hands wheel to Kenta Kon as Sato moves aside|leadership
Nissan directors oust Uchida|leadership
Akio Toyoda wins 97% backing|leadership
Honda No. 2 Aoyama quits over conduct|leadership
Mazda picks Moro's successor from finance|leadership
Renault hires Provost to run company after de Meo bolts|leadership
トヨタ、近健太氏が社長に 佐藤氏は副会長|leadership
日産の内田社長、3月末退任 後任にエスピノーサ氏|leadership
鈴木修氏死去、94歳|leadership
トヨタ総会、豊田会長の賛成率96%|leadership
永守氏、ニデック取締役を退く|leadership
日産総会、株主から怒号 社外取に批判|leadership
マツダ、大塚副社長が次期トップ|leadership
Toyota union wants record bonus of 7.6 months|labor
Nissan workers vote to authorize walkout in Tennessee|labor
Honda agrees to 19,500 yen monthly raise|labor
UAW loses vote at Toyota parts site in Missouri|labor
Suzuki lifts starting pay by 10%|labor
Toyota brings back temps at Motomachi with higher pay|labor
Mazda Salamanca axes night crew|labor production
トヨタ、賃上げ満額 6年連続|labor
自動車総連、ベア1万2000円以上を統一要求|labor
日産労組、平均1万8000円要求へ|labor
ホンダ、期間従業員の日給を引き上げ|labor
スズキ、初任給25万1000円に|labor
スバル労連、ボーナス6.6カ月で妥結|labor
トヨタ、50代以上に専門職 65歳超も再雇用|labor
Nissan's third-gen Leaf undercuts Tesla at $29,990|ev product
BYD prices its first kei car at 2.5 million yen|ev product
Acura ZDX gets the axe after one year|ev product
Lexus pulls plug on flagship electric sedan|ev product
Toyota unveils 1.5- and 2.0-liter engines that shrink the hood|hybrid product
New Elgrand breaks cover with boxy looks, e-Power|hybrid product
Mazda CX-5 grows up for third generation|product
トヨタ、米国車を日本で販売へ カムリなど3車種 貿易摩擦に配慮|product tariffs_trade
スズキ初のEV、イーアール「eビターラ」399万円から|ev product
BYD、軽EVを26年後半に投入 専用設計|ev product
日産、第3世代eパワーを欧州キャシュカイに搭載|hybrid product
三菱自、新型PHV アウトランダーの電池を増量|hybrid product
ダイハツ、軽初のシリーズHVをロッキーの次に|hybrid product
新型プレリュード、受注2400台 月販計画の8倍|product sales_market
Kawasaki tells Ninja ZX-6R owners to stop riding|motorcycle recall_safety
Yamaha adds 25th-anniversary TMAX|motorcycle product
Kawasaki revives KLE500 for A2 licence holders|motorcycle product
Suzuki brings back GSX-8T and 8TT retros|motorcycle product
India's two-wheeler wholesales surge; Honda closes on Hero|motorcycle sales_market
Honda plants world's largest bike line in Gujarat|motorcycle production
Honda eyes 30% dividend lift as motorcycle unit shores up income|earnings motorcycle
ヤマハ発、PCXの競合NMAXで燃料漏れ 無償修理|motorcycle recall_safety
ホンダ、新基準原付「スーパーカブ110ライト」34万円|motorcycle product
ホンダ、インド4工場目の二輪ライン増設 年700万台に|motorcycle production
ヤマハ発、インド専用の二輪XSR155|motorcycle product
スズキ「ハヤブサ」26年モデル、色変更|motorcycle product
ホンダの二輪、世界販売2100万台で最高|motorcycle sales_market
インド二輪、ホンダが首位ヒーローに肉薄|motorcycle sales_market
Isuzu to buy Volvo's Vietnamese truck arm|commercial_vehicle mergers_alliances
Isuzu picks South Carolina for $280m truck works|commercial_vehicle production
Hino's Profia returns after three-year halt|commercial_vehicle product
Japan truck demand to shrink, makers warn|commercial_vehicle sales_market
Washington's lorry tariff lands on Isuzu, Hino|commercial_vehicle tariffs_trade
Toyota Argentina pulls HiAce assembly forward|commercial_vehicle production
Hino 300 gets Allison box in Dubai|commercial_vehicle product
いすゞ・トヨタ・日野、CJPTで電動小型トラックを企画|commercial_vehicle ev mergers_alliances
三菱ふそうと日野、持ち株会社の社名は「ARCHION」|commercial_vehicle mergers_alliances
軽商用EV「N-VAN e:」、個人向けが半数|commercial_vehicle ev sales_market
岩谷とコスモ、商用FCV向け水素供給拠点|commercial_vehicle hydrogen
レベル4トラック、新東名で幹線輸送 T2|autonomous_software commercial_vehicle
いすゞエルフ9万台、火災の恐れ|commercial_vehicle recall_safety
日野、大型トラックの出荷再開|commercial_vehicle production
Vietnam bans petrol bikes from central Hanoi, Honda worried|motorcycle policy_regulation
Tokyo offers 1.3 million yen for EV buyers, trims fuel-cell aid|ev hydrogen policy_regulation
U.S. rips up mileage rules, relieving Toyota|policy_regulation
India proposes lighter CAFE for small cars, splitting Maruti rivals|policy_regulation
Ministry lets U.S.-certified cars in without extra checks|policy_regulation tariffs_trade
Thailand extends excise break for hybrids|hybrid policy_regulation
ハノイ、ガソリンバイクの乗り入れ禁止 ホンダに打撃|motorcycle policy_regulation
カーナビ税控除で自民税調が議論 車体課税見直し|policy_regulation
環境性能割、26年度から廃止へ|policy_regulation
ガソリン暫定税率、年内廃止で合意|policy_regulation
EU、2035年エンジン車禁止を撤回へ|hybrid policy_regulation
タイ政府、HVの物品税を優遇|hybrid policy_regulation
車検、2カ月前から受けられるように 4月改正|policy_regulation
Honda-Aston Martin engine vibrates in Bahrain test|motorsport
Hyundai to leave WRC; Toyota alone|motorsport
Suzuki won't return to MotoGP, president says|motorcycle motorsport
Gazoo Racing drops Toyota badge in brand reshuffle|motorsport
Subaru enters Super Taikyu with Hi-Performance X|motorsport
ホンダ、F1復帰の狙い 26年PU公開|motorsport
ヤマハ、V4でMotoGP巻き返し|motorcycle motorsport
カワサキ、鈴鹿8耐にワークス復帰|motorcycle motorsport
TGR、WRC27年車両のテスト開始|motorsport
ホンダ、アストンと26年始動 PU公開は1月|motorsport
ダイハツ、ラリーに「コペン」改|motorsport
SUBARU、ニュル参戦18年目の車両|motorsport
Toyota's Arene debuts in the new RAV4|autonomous_software product
Woven City opens its doors to first residents|autonomous_software
Monet to offer driverless rides in Odaiba next spring|autonomous_software
Waymo robotaxis get freeway nod in three cities|autonomous_software policy_regulation
Nvidia's Alpamayo model teaches cars to explain themselves|autonomous_software
日産、横浜で無人タクシー実証 27年度に事業化|autonomous_software
ホンダ、レベル3を一般道にも 0シリーズに搭載|autonomous_software ev
トヨタ、車載OS「アリーン」をRAV4に初採用|autonomous_software product
ウェイモ、東京7区で走行データ収集|autonomous_software
ティアフォー、ロボタクシーを26年に都内で|autonomous_software
UDトラックス、クオン改良 右左折の死角検知|autonomous_software commercial_vehicle product
いすゞのレベル4路線バス、平塚で通年運行|autonomous_software commercial_vehicle
Honda to end car assembly at Celaya plant|production restructuring
Mazda to stop building vehicles at its Salamanca plant|production restructuring
Nissan cuts lines to three at Smyrna|production restructuring
Mazda idles its plants in Salamanca for two weeks|production
Chip crisis shuts Suzuki factory in Hungary|production supply_chain
日産、湘南の車両生産は27年3月まで|production restructuring
スバル、栃木の部品工場を閉じる|production restructuring
三菱自、英国向け車両の生産を打ち切り|production restructuring
Work starts on Denso's inverter plant in Aichi|production
Toyota stops vehicle shipments after rigged tests|compliance_legal production
ダイハツ、2車種の出荷を停止 認証不正で|compliance_legal production
スズキ、磁石の調達先を分散|supply_chain
マツダ、半導体をロームから調達|supply_chain
Nissan enlists Huawei for cabin of new sedan|mergers_alliances product
Mazda and Toyota split over joint company|mergers_alliances
アイシン、シート子会社を譲渡|mergers_alliances
Nissan to lose more than $4 billion after scrapping EVs|earnings ev
Toyota recalls 90,000 full-size trucks and SUVs|recall_safety
Kia returns to Japan market with electric van|commercial_vehicle ev product
Yamaha Motor adds shift at bike plant in Chennai|motorcycle production
Toyota shifts sourcing of magnets to India|supply_chain
Maruti bookings cross 70,000|sales_market
Mazda axes 500 jobs, offers exit packages|restructuring
Subaru and Panasonic push back cylindrical cells|battery
First battery packs leave Toyota's new megasite|battery production
Honda hoists payout and repurchases own shares|earnings
スズキ、自社株を消却|earnings
アルミ高、車部品各社に打撃|supply_chain
日産、取引先に支払い猶予を求める|supply_chain
マツダ、間接部門の退職を募る|restructuring
豊田通商、リチウム塩湖の権益を取得|battery supply_chain
奇瑞、日本進出を1年延期|sales_market
トヨタの中古電池を蓄電所に|battery
公取委、ワイヤーハーネス4社に排除措置命令|compliance_legal
""".strip().splitlines()

NOT_STATED = """
モバイルバッテリー39万台リコール、発火12件|recall_safety
Uber and Nissan launch robotaxi pilot in Tokyo|product
Toyota launches probe into supplier|product
ホンダ、役員体制を刷新|product
豊田織機を非公開化へ|product
デンソー株の公開買い付け始まる|product
Volvo and Toyota take stakes in fuel-cell maker|battery
ホンダ、GMとの燃料電池会社を解散|battery
Honda quits Formula One|restructuring
日産、フォーミュラEから撤退|restructuring
日産、システム障害で国内工場の稼働を停止|recall_safety
トヨタ、システム不具合で全工場停止|recall_safety
Nissan works council offers buyouts to workers|mergers_alliances
Isuzu to buy back shares|mergers_alliances
Mazda and Toyota cement bonds with shareholding|earnings
Toyota strikes deal with Aramco on fuel|labor
Hitachi Astemo lightning strike halts plant|labor
Toyota reveals heavy-duty cooling plan|tariffs_trade
Honda lets Acura RSX slip to 2028|tariffs_trade
Toyota to retire the Crown sedan|leadership
日産、株を第三者に割り当て 就任前の計画|leadership
Honda pleased with Civic demand|compliance_legal
トヨタ、新ロゴをお披露目|mergers_alliances
マツダ、値上げせず|product
Toyota raises stake in Joby|commercial_vehicle
三菱自、ピックアップトラックを改良|commercial_vehicle
アイシン、持ち合い株の縮小進む|restructuring
日産、EPA見直しで部品関税に期待|policy_regulation
対日輸出規制、車部品に影|policy_regulation
Toyota to discontinue every loyalty card|ev
Honda event marks 40 years in Ohio|ev
Toyota trucks stop: vehicle shipments halted|sales_market
トヨタ株が反発、新型RAV4の発表受け|product
Honda shares jump after new Civic is shown|product
ホンダ、テストコースで自動運転の試験車を公開|product
スズキ、発売直後のEVをリコール|product
Mazda to shut Hofu plant for two days after typhoon|restructuring
日産、部品への生産委託を打ち切り|mergers_alliances
US and Japan settle car tariffs|compliance_legal
Xiaomi delivers over 30,000 SU7 cars|product
デンソー、豊田織機のTOBに応募 大株主として|leadership
Honda courts Indian chip designers|compliance_legal
ヤマハ発、水素エンジンの技術研究組合に参加|labor
EPA scraps emission rules, cheering Toyota|tariffs_trade
三菱自、ライン改修で水島を休止|recall_safety
トヨタ、1株を5株に分割 自己株取得も|mergers_alliances
水素小型エンジンの二輪、ホンダも参加|hybrid
Honda pulls plug on takeover of chipmaker|product
Subaru bows out of rally, citing budget|restructuring
日産とホンダの燃料電池車、共同開発へ|ev
""".strip().splitlines()


def told(title: str) -> set[str]:
    """The topics of a headline."""
    return {tag.topic for tag in built_in().tag(title, "", lang="").topics}


@pytest.mark.parametrize("line", STATED)
def test_a_headline_has_the_topics_that_it_states_and_no_other(line: str) -> None:
    title, _, topics = line.partition("|")
    assert told(title) == set(topics.split())


@pytest.mark.parametrize("line", NOT_STATED)
def test_a_word_that_misleads_gives_no_topic(line: str) -> None:
    title, _, topic = line.partition("|")
    assert topic not in told(title)


@pytest.mark.parametrize(
    ("title", "topic"),
    [
        ("Honda Civic hatchback, up close", "product"),  # a car, and no business
        ("ホンダ「シビック」、新車に乗る", "product"),
        ("Akio Toyoda wins backing of investors", "leadership"),  # a person, and a vote
        ("豊田章男氏、再任へ", "leadership"),
        ("Oppama adds night shift", "production"),  # a plant, and its shifts
    ],
)
def test_a_name_makes_its_words_speak(title: str, topic: str) -> None:
    assert topic in told(title)
